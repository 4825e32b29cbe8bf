variable "cluster_name" {
  description = "The cluster whose Kubernetes API is opened."
  type        = string
  nullable    = false
}

variable "entries" {
  description = "Access entries, by names that only Terraform knows. principal_arn is of an IAM role or user, not of a session; without it, whoever runs Terraform is meant. policy is the name of an EKS access policy: it holds in the namespaces, or without any in the whole cluster."
  type = map(object({
    principal_arn = optional(string)
    policy        = string
    namespaces    = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for entry in var.entries : entry.principal_arn == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/", entry.principal_arn))])
    error_message = "Each principal_arn must be of an IAM role or user: arn:aws:iam::111122223333:role/NAME."
  }

  validation {
    condition     = alltrue([for entry in var.entries : can(regex("^Amazon[A-Za-z]+Policy$", entry.policy))])
    error_message = "Each policy must be an EKS access policy, such as AmazonEKSViewPolicy: aws eks list-access-policies has them all."
  }
}
