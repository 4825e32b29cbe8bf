variable "cluster_name" {
  description = "The cluster whose Kubernetes API is opened."
  type        = string
  nullable    = false
}

variable "principal_arn" {
  description = "ARN of the IAM role or user that gets access: of the role itself, not of a session of it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/", var.principal_arn))
    error_message = "The ARN must be of an IAM role or user: arn:aws:iam::111122223333:role/NAME."
  }
}

variable "policy" {
  description = "Name of the EKS access policy: AmazonEKSClusterAdminPolicy, AmazonEKSAdminPolicy, AmazonEKSEditPolicy, AmazonEKSViewPolicy, …"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^Amazon[A-Za-z]+Policy$", var.policy))
    error_message = "The policy must be an EKS access policy, such as AmazonEKSViewPolicy: aws eks list-access-policies has them all."
  }
}

variable "namespaces" {
  description = "The namespaces that the policy holds in; none: the whole cluster."
  type        = list(string)
  default     = []
  nullable    = false
}
