output "cluster_name" {
  value = module.cluster.name
}
