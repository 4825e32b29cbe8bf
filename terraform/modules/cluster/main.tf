locals {
  # These run on every node as DaemonSets, and must be in place before the first node; the others need nodes to run on.
  node_addons = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "cluster" {
  name_prefix        = "${var.name}-cluster-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
}

# What EKS's own group is to the nodes, this is to everybody else in the VPC.
data "aws_subnet" "first" {
  count = length(var.reachable_from) == 0 ? 0 : 1

  id = var.subnet_ids[0]
}

resource "aws_security_group" "endpoint" {
  count = length(var.reachable_from) == 0 ? 0 : 1

  name        = "${var.name}-endpoint"
  description = "Who may reach the Kubernetes API of ${var.name}"
  vpc_id      = data.aws_subnet.first[0].vpc_id

  tags = { Name = "${var.name}-endpoint" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoint" {
  for_each = var.reachable_from

  security_group_id            = aws_security_group.endpoint[0].id
  description                  = each.key
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_eks_cluster" "this" {
  name                          = var.name
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.cluster.arn
  bootstrap_self_managed_addons = false

  access_config {
    authentication_mode                         = var.authentication_mode
    bootstrap_cluster_creator_admin_permissions = var.creator_is_admin
  }

  vpc_config {
    subnet_ids              = var.subnet_ids
    security_group_ids      = concat(var.security_group_ids, aws_security_group.endpoint[*].id)
    endpoint_public_access  = var.endpoint_public_access
    endpoint_private_access = var.endpoint_private_access
    # Without a public endpoint there is nothing for them to guard, and EKS keeps what it had.
    public_access_cidrs = var.endpoint_public_access ? var.public_access_cidrs : null
  }

  # A forgotten course cluster should be upgraded by AWS rather than billed for extended support.
  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [aws_iam_role_policy_attachment.cluster]
}

resource "aws_eks_addon" "node" {
  for_each = { for name, addon in var.addons : name => addon if contains(local.node_addons, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value.version
  configuration_values        = each.value.configuration_values
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
}

resource "aws_eks_addon" "workload" {
  for_each = { for name, addon in var.addons : name => addon if !contains(local.node_addons, name) }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value.version
  configuration_values        = each.value.configuration_values
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  depends_on = [var.node_groups]
}
