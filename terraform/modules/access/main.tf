locals {
  # AWS's name for the same policies differs between its partitions.
  policy_arn = "arn:${data.aws_partition.this.partition}:eks::aws:cluster-access-policy/${var.policy}"
}

data "aws_partition" "this" {}

resource "aws_eks_access_entry" "this" {
  cluster_name  = var.cluster_name
  principal_arn = var.principal_arn
  type          = "STANDARD"
}

resource "aws_eks_access_policy_association" "this" {
  cluster_name  = var.cluster_name
  principal_arn = aws_eks_access_entry.this.principal_arn
  policy_arn    = local.policy_arn

  access_scope {
    type       = length(var.namespaces) == 0 ? "cluster" : "namespace"
    namespaces = length(var.namespaces) == 0 ? null : var.namespaces
  }
}
