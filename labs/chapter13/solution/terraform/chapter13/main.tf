# Two nodes for everybody, and one for batch work alone.
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
  node_groups        = [module.general.name, module.batch.name]
  addons             = { vpc-cni = {}, kube-proxy = {}, coredns = {} }
}

module "general" {
  source = "../modules/node_group"

  name               = "general"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  size               = 2
}

module "batch" {
  source = "../modules/node_group"

  name               = "batch"
  cluster_name       = module.cluster.name
  kubernetes_version = module.cluster.kubernetes_version
  subnet_ids         = module.network.public_subnet_ids
  instance_type      = "t3.small"
  labels             = { workload = "batch" }
  taints             = [{ key = "workload", value = "batch", effect = "NO_EXECUTE" }]
}
