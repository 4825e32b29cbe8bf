variable "region" {
  description = "AWS region of the lab."
  type        = string
  default     = "us-east-1"
}

variable "cluster_name" {
  description = "Name of the cluster and of its VPC."
  type        = string
  default     = "chapter05"
}

variable "kubernetes_version" {
  description = "Kubernetes version of the control plane and the nodes."
  type        = string
  default     = "1.35"
}

variable "public_access_cidrs" {
  description = "From where the public endpoint of the Kubernetes API may be reached."
  type        = list(string)
  default     = ["203.0.113.0/25", "193.16.23.16/28"]
}
