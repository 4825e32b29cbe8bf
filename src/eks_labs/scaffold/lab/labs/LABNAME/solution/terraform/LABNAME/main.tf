# Two small nodes in two public subnets.
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
  node_groups        = [module.nodes.name]

  addons = {
    vpc-cni    = {}
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
  size               = 2
}
