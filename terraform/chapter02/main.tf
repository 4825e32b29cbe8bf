# A cluster with the endpoint that EKS gives by default, a node, and a bastion beside it.
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
  name   = "chapter02"
}

module "cluster" {
  source = "../modules/cluster"

  name                    = "chapter02"
  kubernetes_version      = var.kubernetes_version
  subnet_ids              = module.network.public_subnet_ids
  endpoint_public_access  = true
  endpoint_private_access = false
  node_groups             = [module.nodes.name]
  addons                  = { vpc-cni = {}, kube-proxy = {}, coredns = {} }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "small"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
}

module "bastion" {
  source = "../modules/bastion"

  name      = "chapter02-bastion"
  subnet_id = module.network.public_subnet_ids[0]
}

module "access" {
  source = "../modules/access"

  cluster_name = module.cluster.name
  entries      = { bastion = { policy = "AmazonEKSClusterAdminPolicy", principal_arn = module.bastion.role_arn } }
}
