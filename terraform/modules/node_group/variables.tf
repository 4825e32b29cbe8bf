variable "name" {
  description = "Name of the managed node group."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,39}$", var.name))
    error_message = "The name must be 1 to 40 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "cluster_name" {
  description = "The cluster that the nodes join."
  type        = string
  nullable    = false
}

variable "kubernetes_version" {
  description = "Kubernetes version of the nodes, as major.minor."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets for the nodes."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "A node group needs a subnet."
  }
}

variable "instance_type" {
  description = "EC2 instance type of the nodes."
  type        = string
  default     = "t3.small"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", var.instance_type))
    error_message = "The instance type must look like t3.small."
  }
}

variable "capacity_type" {
  description = "How the nodes are bought: ON_DEMAND, or SPOT for cheaper ones that EC2 may take back."
  type        = string
  default     = "ON_DEMAND"
  nullable    = false

  validation {
    condition     = contains(["ON_DEMAND", "SPOT"], var.capacity_type)
    error_message = "The capacity type must be ON_DEMAND or SPOT."
  }
}

variable "size" {
  description = "How many nodes the group keeps."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.size >= 0 && var.size <= 20 && floor(var.size) == var.size
    error_message = "The size must be a whole number from 0 to 20."
  }
}

variable "max_pods" {
  description = "How many Pods the kubelet of a node accepts. Unset, EKS takes what the instance type's network interfaces have room for."
  type        = number
  default     = null

  validation {
    condition     = var.max_pods == null ? true : var.max_pods >= 4 && var.max_pods <= 250
    error_message = "max_pods must be from 4 to 250; AWS advises at most 110 for instances with fewer than 30 vCPUs."
  }
}

variable "labels" {
  description = "Kubernetes labels of the nodes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "taints" {
  description = "Taints of the nodes. The effect is EKS's word for it: NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  type = list(object({
    key    = string
    value  = optional(string)
    effect = string
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for taint in var.taints : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)])
    error_message = "A taint's effect must be NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  }
}
