# A node group of the root's own instead of another module, with the other group's role.
terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "network" {
  source = "../modules/network"

  name  = var.cluster_name
  zones = 2
}

module "cluster" {
  source = "../modules/cluster"

  name               = var.cluster_name
  kubernetes_version = var.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  node_groups        = [module.nodes.name, aws_eks_node_group.batch.node_group_name]

  addons = {
    vpc-cni = {
      configuration_values = jsonencode({
        env = {
          ENABLE_PREFIX_DELEGATION = "true"
          # A prefix from the first Pod on, and another one when no address is free.
          MINIMUM_IP_TARGET = "10"
          WARM_IP_TARGET    = "1"
        }
      })
    }
    kube-proxy = {}
    coredns    = {}
  }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 1
  max_pods           = 110
}

# More places for Pods than the twenty need, and fewer than the other node has.
resource "aws_launch_template" "batch" {
  name_prefix = "chapter07-prefix-batch-"
  user_data = base64encode(<<-EOT
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="BOUNDARY"

    --BOUNDARY
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      kubelet:
        config:
          maxPods: 50
    --BOUNDARY--
  EOT
  )

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}

resource "aws_eks_node_group" "batch" {
  cluster_name    = module.cluster.name
  node_group_name = "night-shift"
  version         = module.cluster.kubernetes_version
  node_role_arn   = module.nodes.role_arn
  subnet_ids      = slice(module.network.public_subnet_ids, 0, 1)
  instance_types  = ["t3.small"]
  labels          = { "workload" = "batch", "shift" = "night" }

  scaling_config {
    min_size     = 1
    desired_size = 1
    max_size     = 2
  }

  launch_template {
    id      = aws_launch_template.batch.id
    version = aws_launch_template.batch.latest_version
  }

  taint {
    key    = "workload"
    value  = "batch"
    effect = "NO_SCHEDULE"
  }

  # The role's policies are attached in there.
  depends_on = [module.nodes]
}
