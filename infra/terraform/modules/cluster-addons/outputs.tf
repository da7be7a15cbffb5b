output "storage_class" {
  description = "The default storage class."
  value       = kubernetes_storage_class_v1.gp3.metadata[0].name
}

output "ready" {
  description = "The cluster's name, once names resolve and volumes can be claimed."
  value       = var.cluster_name
  depends_on  = [aws_eks_addon.this, kubernetes_storage_class_v1.gp3]
}
