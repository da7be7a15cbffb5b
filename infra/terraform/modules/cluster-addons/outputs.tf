output "storage_class" {
  description = "The default storage class."
  value       = kubernetes_storage_class_v1.gp3.metadata[0].name
}
