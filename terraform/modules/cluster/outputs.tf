output "name" {
  description = "Name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "kubernetes_version" {
  description = "Kubernetes version of the control plane. Known once the add-ons that nodes need are installed, so node groups that use it come after them."
  value       = aws_eks_cluster.this.version
  depends_on  = [aws_eks_addon.node]
}

output "endpoint" {
  description = "URL of the Kubernetes API."
  value       = aws_eks_cluster.this.endpoint
}

output "security_group_id" {
  description = "The cluster security group, which the control plane and all managed nodes share."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}
