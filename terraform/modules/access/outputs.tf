output "principals" {
  description = "ARNs of those who have access, by the names of their entries. Known once the access is given."
  value       = local.principals
  depends_on  = [aws_eks_access_policy_association.this]
}
