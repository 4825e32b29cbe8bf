data "aws_partition" "this" {}

data "aws_caller_identity" "this" {}

# Of an assumed role this is the role; of a user, the user.
data "aws_iam_session_context" "this" {
  arn = data.aws_caller_identity.this.arn
}

locals {
  policies   = "arn:${data.aws_partition.this.partition}:eks::aws:cluster-access-policy"
  principals = { for name, entry in var.entries : name => coalesce(entry.principal_arn, data.aws_iam_session_context.this.issuer_arn) }
}

resource "aws_eks_access_entry" "this" {
  for_each = var.entries

  cluster_name  = var.cluster_name
  principal_arn = local.principals[each.key]
  type          = "STANDARD"
}

resource "aws_eks_access_policy_association" "this" {
  for_each = var.entries

  cluster_name  = var.cluster_name
  principal_arn = aws_eks_access_entry.this[each.key].principal_arn
  policy_arn    = "${local.policies}/${each.value.policy}"

  access_scope {
    type       = length(each.value.namespaces) == 0 ? "cluster" : "namespace"
    namespaces = each.value.namespaces
  }
}
