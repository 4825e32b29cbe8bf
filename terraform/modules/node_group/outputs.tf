output "name" {
  description = "Name of the node group."
  value       = aws_eks_node_group.this.node_group_name
}

output "role_arn" {
  description = "ARN of the nodes' IAM role."
  value       = aws_iam_role.node.arn
}

output "autoscaling_group_name" {
  description = "The Auto Scaling group that EKS made for the nodes."
  value       = aws_eks_node_group.this.resources[0].autoscaling_groups[0].name
}
