variable "name" {
  description = "Name of the VPC, and the beginning of the names of what is in it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,62}$", var.name))
    error_message = "The name must be 1 to 63 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "cidr" {
  description = "IPv4 range of the VPC. Each subnet takes a 256th of it."
  type        = string
  default     = "10.0.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && try(tonumber(split("/", var.cidr)[1]), 0) >= 16 && try(tonumber(split("/", var.cidr)[1]), 99) <= 20
    error_message = "The range must be an IPv4 CIDR of /16 to /20: a VPC is at most /16, and a subnet at least /28."
  }
}

variable "zones" {
  description = "In how many availability zones there are subnets. EKS asks for two at least."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "An EKS cluster needs subnets in two zones or more; this module makes two or three."
  }
}

variable "private_subnets" {
  description = "Whether each zone also has a private subnet: one without a route to the internet."
  type        = bool
  default     = false
  nullable    = false
}

variable "control_plane_subnets" {
  description = "Whether each zone also has a /28 subnet at the end of the VPC's range, for nothing but the network interfaces of an EKS control plane."
  type        = bool
  default     = false
  nullable    = false
}
