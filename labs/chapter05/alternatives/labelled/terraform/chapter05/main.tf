# The offices' ranges in halves, and two on-demand nodes with a label of their own.
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

locals {
  first_office  = cidrsubnets("203.0.113.0/25", 1, 1)
  second_office = ["193.16.23.24/29", "193.16.23.16/29"]
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
  node_groups        = [module.books.name, module.nodes.name]

  endpoint_private_access = true
  public_access_cidrs     = concat(local.second_office, local.first_office)

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

module "books" {
  source = "../modules/node_group"

  name               = "books"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 2
  labels             = { interruptions = "none" }
}
