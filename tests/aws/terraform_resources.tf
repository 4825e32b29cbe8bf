locals {
  later = var.step == "2"
}

resource "aws_kms_key" "secrets" {
  description = "secrets"
}

resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/lab/cluster"
  retention_in_days = local.later ? 7 : 1
  tags              = { step = var.step }
}

resource "aws_eks_cluster" "main" {
  name                          = "lab"
  role_arn                      = aws_iam_role.cluster.arn
  version                       = local.later ? "1.35" : "1.34"
  bootstrap_self_managed_addons = false
  enabled_cluster_log_types     = local.later ? ["api", "audit"] : ["api"]
  tags                          = { step = var.step }

  access_config {
    authentication_mode                         = local.later ? "API" : "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = true
  }
  encryption_config {
    resources = ["secrets"]
    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }
  kubernetes_network_config {
    service_ipv4_cidr = "172.20.0.0/16"
  }
  upgrade_policy {
    support_type = local.later ? "STANDARD" : "EXTENDED"
  }
  zonal_shift_config {
    enabled = true
  }
  vpc_config {
    subnet_ids              = [for subnet in aws_subnet.main : subnet.id]
    endpoint_private_access = local.later
    public_access_cidrs     = local.later ? ["203.0.113.10/32"] : ["0.0.0.0/0"]
  }
}

resource "aws_eks_node_group" "plain" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "plain"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = [for subnet in aws_subnet.main : subnet.id]
  instance_types  = ["t3.small"]
  labels          = local.later ? { tier = "web", since = "2" } : { tier = "web", gone = "soon" }
  tags            = { step = var.step }

  scaling_config {
    desired_size = local.later ? 2 : 1
    min_size     = 1
    max_size     = local.later ? 4 : 3
  }
  update_config {
    max_unavailable_percentage = local.later ? 50 : 33
  }
  taint {
    key    = "dedicated"
    value  = local.later ? "gpu" : "batch"
    effect = "NO_SCHEDULE"
  }
}

resource "aws_launch_template" "nodes" {
  name_prefix = "nodes-"
  user_data   = base64encode("# step ${var.step}")
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }
  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "node" }
  }
}

resource "aws_eks_node_group" "template" {
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = "template"
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = [aws_subnet.main["a"].id]
  capacity_type   = "SPOT"

  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }
  scaling_config {
    desired_size = 1
    min_size     = 0
    max_size     = 2
  }
}

data "aws_eks_addon_version" "cni" {
  addon_name         = "vpc-cni"
  kubernetes_version = aws_eks_cluster.main.version
  most_recent        = true
}

resource "aws_eks_addon" "cni" {
  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = "vpc-cni"
  addon_version               = local.later ? data.aws_eks_addon_version.cni.version : "v1.22.0-eksbuild.1"
  configuration_values        = jsonencode({ env = { ENABLE_PREFIX_DELEGATION = local.later ? "true" : "false" } })
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = { step = var.step }
}

resource "aws_eks_access_entry" "ops" {
  cluster_name      = aws_eks_cluster.main.name
  principal_arn     = aws_iam_role.ops.arn
  kubernetes_groups = local.later ? ["ops", "viewers"] : ["ops"]
  tags              = { step = var.step }
}

resource "aws_eks_access_policy_association" "ops" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.ops.principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
  access_scope {
    type       = local.later ? "namespace" : "cluster"
    namespaces = local.later ? ["web"] : null
  }
}

resource "aws_eks_pod_identity_association" "app" {
  cluster_name    = aws_eks_cluster.main.name
  namespace       = "web"
  service_account = "app"
  role_arn        = aws_iam_role.app.arn
  tags            = { step = var.step }
}

resource "aws_eks_identity_provider_config" "oidc" {
  cluster_name = aws_eks_cluster.main.name
  oidc {
    client_id                     = "kubernetes"
    identity_provider_config_name = "corporate"
    issuer_url                    = "https://login.example.com"
    username_claim                = "email"
  }
  tags = { step = var.step }
}

data "aws_eks_cluster" "main" {
  name = aws_eks_cluster.main.name
}

data "aws_eks_clusters" "all" {
  depends_on = [aws_eks_cluster.main]
}

data "aws_eks_cluster_auth" "main" {
  name = aws_eks_cluster.main.name
}

data "aws_eks_cluster_versions" "all" {}

data "aws_eks_node_groups" "all" {
  cluster_name = aws_eks_node_group.plain.cluster_name
  depends_on   = [aws_eks_node_group.template]
}

data "aws_eks_node_group" "plain" {
  cluster_name    = aws_eks_node_group.plain.cluster_name
  node_group_name = aws_eks_node_group.plain.node_group_name
}

data "aws_eks_addon" "cni" {
  cluster_name = aws_eks_addon.cni.cluster_name
  addon_name   = aws_eks_addon.cni.addon_name
}

data "aws_eks_access_entry" "ops" {
  cluster_name  = aws_eks_access_entry.ops.cluster_name
  principal_arn = aws_eks_access_entry.ops.principal_arn
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id"
}

output "found" {
  value = {
    clusters = data.aws_eks_clusters.all.names
    groups   = data.aws_eks_node_groups.all.names
    versions = [for version in data.aws_eks_cluster_versions.all.cluster_versions : version.cluster_version]
    image    = nonsensitive(data.aws_ssm_parameter.image.value)
    endpoint = data.aws_eks_cluster.main.endpoint
  }
}
