# Three groups of one node instead of one group of two, and two addresses in reserve, written as JSON.
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
  node_groups        = [for group in module.nodes : group.name]

  addons = {
    vpc-cni = {
      configuration_values = <<-JSON
        {"env": {"WARM_ENI_TARGET": "0", "WARM_IP_TARGET": "2"}}
      JSON
    }
    kube-proxy = {}
    coredns    = {}
  }
}

module "nodes" {
  source   = "../modules/node_group"
  for_each = toset(["one", "two", "three"])

  name               = each.key
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 1
}
