variable "region" {
  description = "AWS region of the lab."
  type        = string
  default     = "us-east-1"
}

variable "cluster_name" {
  description = "Name of the cluster and of its VPC."
  type        = string
  default     = "chapter11"
}

variable "kubernetes_version" {
  description = "Kubernetes version of the control plane and the node."
  type        = string
  default     = "1.35"
}
