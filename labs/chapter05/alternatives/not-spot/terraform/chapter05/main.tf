# The node for the ledger keeps everybody else out.
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
  node_groups        = [module.nodes.name, module.on_demand.name]

  endpoint_private_access = true
  public_access_cidrs     = var.public_access_cidrs

  addons = {
    vpc-cni    = {}
    kube-proxy = {}
    coredns    = {}
  }
}

module "nodes" {
  source = "../modules/node_group"

  name               = "spot"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  capacity_type      = "SPOT"
  size               = 2
}

module "on_demand" {
  source = "../modules/node_group"

  name               = "on-demand"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  capacity_type      = "ON_DEMAND"
  size               = 1
  taints             = [{ key = "ledger", effect = "NO_SCHEDULE" }]
}
