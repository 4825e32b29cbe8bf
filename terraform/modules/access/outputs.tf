output "principal_arn" {
  description = "Who has access. Known once the access is given."
  value       = aws_eks_access_entry.this.principal_arn
  depends_on  = [aws_eks_access_policy_association.this]
}
