locals {
  policies = ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"]

  # EKS appends its own part, with the cluster's endpoint and certificate, to user data of this form.
  user_data = var.max_pods == null ? null : <<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="//"

    --//
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      kubelet:
        config:
          maxPods: ${var.max_pods}

    --//--
  EOT
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "node" {
  name_prefix        = "${var.cluster_name}-${substr(var.name, 0, 16)}-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset(local.policies)

  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.key}"
}

resource "aws_launch_template" "this" {
  count = var.max_pods == null ? 0 : 1

  name_prefix = "${var.cluster_name}-${var.name}-"
  description = "Nodes of ${var.cluster_name} that accept ${var.max_pods} Pods"
  user_data   = base64encode(local.user_data)

  # As in the template that EKS makes itself for this AMI: session tokens, and no answers for Pods.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}

resource "aws_eks_node_group" "this" {
  cluster_name    = var.cluster_name
  node_group_name = var.name
  version         = var.kubernetes_version
  node_role_arn   = aws_iam_role.node.arn
  subnet_ids      = var.subnet_ids
  ami_type        = "AL2023_x86_64_STANDARD"
  capacity_type   = var.capacity_type
  instance_types  = [var.instance_type]
  labels          = var.labels

  scaling_config {
    min_size     = 0
    desired_size = var.size
    max_size     = max(var.size, 1)
  }

  update_config {
    max_unavailable = 1
  }

  dynamic "launch_template" {
    for_each = aws_launch_template.this

    content {
      id      = launch_template.value.id
      version = launch_template.value.latest_version
    }
  }

  dynamic "taint" {
    for_each = var.taints

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = taint.value.effect
    }
  }

  # Nodes without these policies cannot join, and cannot give back their interfaces when they go.
  depends_on = [aws_iam_role_policy_attachment.node]
}
