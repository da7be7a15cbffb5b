output "namespace" {
  description = "Where Argo CD runs."
  value       = helm_release.argocd.namespace
}
