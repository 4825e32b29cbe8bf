# Another name for the cluster, which no task asks for.
variable "region" {
  description = "AWS region of the lab."
  type        = string
  default     = "us-east-1"
}

variable "cluster_name" {
  description = "Name of the cluster and of its VPC."
  type        = string
  default     = "web-farm"
}

variable "kubernetes_version" {
  description = "Kubernetes version of the control plane and the nodes."
  type        = string
  default     = "1.35"
}
