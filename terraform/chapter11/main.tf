# A control plane, one node to have something to talk about, and the log group that the control plane writes to.
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

# EKS makes this group by itself where it is missing. Ours is there first: with a limit on what it keeps, and it goes with the lab.
resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.cluster_name}/cluster"
  retention_in_days = 1
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
  node_groups        = [module.nodes.name]
  log_types          = ["api"]
  log_group          = aws_cloudwatch_log_group.control_plane.arn
  addons             = { vpc-cni = {}, kube-proxy = {}, coredns = {} }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 1
}
