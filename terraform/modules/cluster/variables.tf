variable "name" {
  description = "Name of the EKS cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "The name must be 1 to 40 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes version of the control plane, as major.minor."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "The version must be major.minor, such as 1.35."
  }
}

variable "subnet_ids" {
  description = "Subnets for the control plane's network interfaces, in two zones at least."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "EKS needs subnets in two zones or more."
  }
}

variable "public_access_cidrs" {
  description = "From where the public endpoint of the Kubernetes API may be reached."
  type        = list(string)
  default     = ["0.0.0.0/0"]
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Each entry must be a CIDR, such as 203.0.113.10/32."
  }
}

variable "endpoint_public_access" {
  description = "Whether the Kubernetes API has an endpoint on the internet."
  type        = bool
  default     = true
  nullable    = false
}

variable "endpoint_private_access" {
  description = "Whether the endpoint's name means addresses of the VPC to those who ask inside of it. Nodes then stay inside as well."
  type        = bool
  default     = true
  nullable    = false

  validation {
    condition     = var.endpoint_private_access || var.endpoint_public_access
    error_message = "A cluster needs an endpoint: public, private, or both."
  }
}

variable "security_group_ids" {
  description = "Security groups that the control plane's network interfaces have besides the cluster security group. They say who else in the VPC may reach the private endpoint, at port 443."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "reachable_from" {
  description = "Security groups whose members may reach the private endpoint, by what they are. If there are any, the control plane's interfaces get one more group, with a rule for each of them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "authentication_mode" {
  description = "Where EKS looks for who may do what: access entries (API), the ConfigMap aws-auth (CONFIG_MAP), or both."
  type        = string
  default     = "API"
  nullable    = false

  validation {
    condition     = contains(["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"], var.authentication_mode)
    error_message = "The mode must be API, API_AND_CONFIG_MAP or CONFIG_MAP."
  }
}

variable "creator_is_admin" {
  description = "Whether the identity that creates the cluster gets an access entry as its administrator."
  type        = bool
  default     = true
  nullable    = false
}

variable "addons" {
  description = "EKS add-ons to install, by name. The version is EKS's default for the cluster's Kubernetes unless given; configuration_values is JSON that the add-on's schema accepts."
  type = map(object({
    version              = optional(string)
    configuration_values = optional(string)
  }))
  nullable = false

  validation {
    condition     = contains(keys(var.addons), "vpc-cni")
    error_message = "Without vpc-cni no node becomes Ready: a node needs a network plugin."
  }

  validation {
    condition     = alltrue([for addon in var.addons : addon.configuration_values == null || can(jsondecode(addon.configuration_values))])
    error_message = "configuration_values must be JSON: write jsonencode({ … })."
  }
}

variable "node_groups" {
  description = "Names of the node groups that give the cluster its nodes. Add-ons that run as Deployments, such as coredns, come after them: they are not active before they run somewhere."
  type        = list(string)
  default     = []
  nullable    = false
}
