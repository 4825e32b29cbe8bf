variable "name" {
  description = "Name tag of the machine, and the beginning of its role's and security group's names. The lab's bastion is the machine whose name ends in -bastion."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,36}$", var.name))
    error_message = "The name must be 1 to 37 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "subnet_id" {
  description = "The public subnet that the machine stands in: one that gives it a public address."
  type        = string
  nullable    = false
}

variable "instance_type" {
  description = "EC2 instance type of the machine."
  type        = string
  default     = "t3.micro"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", var.instance_type))
    error_message = "The instance type must look like t3.micro."
  }
}

variable "ssh_cidrs" {
  description = "From where ssh is let in. None: nobody; a session of Systems Manager needs no open port."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Each entry must be a CIDR, such as 203.0.113.10/32."
  }
}

variable "key_name" {
  description = "The EC2 key pair whose private half opens the machine for ssh."
  type        = string
  default     = null
}
