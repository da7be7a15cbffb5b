resource "helm_release" "argocd" {
  name             = "argocd"
  namespace        = "argocd"
  create_namespace = true
  repository       = "https://argoproj.github.io/argo-helm"
  chart            = "argo-cd"
  version          = var.chart_version
  atomic           = true
  timeout          = 900

  values = [yamlencode({
    # Nobody logs in from outside: `kubectl port-forward` to the server is how one looks at it.
    global        = { logging = { format = "json" } }
    dex           = { enabled = false }
    notifications = { enabled = false }

    "redis-ha"     = { enabled = var.high_availability }
    controller     = { replicas = 1 }
    server         = { replicas = local.replicas }
    repoServer     = { replicas = local.replicas }
    applicationSet = { replicas = local.replicas }

    configs = {
      # An Application is as well as what it deploys. Argo CD asks nobody by itself, and the waves of
      # deploy/k8s/argocd would not wait for one another.
      cm = { "resource.customizations.health.argoproj.io_Application" = local.application_health }

      # All tries of a sync together. Longer than a Job's deadline and a Deployment's after it, and
      # not for ever, as it is by default: a new commit is synced only when the sync before has ended.
      params = { "controller.sync.timeout.seconds" = var.sync_timeout_seconds }
    }
  })]
}

locals {
  replicas = var.high_availability ? 2 : 1

  # Whom nobody syncs by itself nobody waits for: the product before its first release.
  application_health = <<-LUA
    local policy = obj.spec.syncPolicy
    if not policy or not policy.automated then
      return { status = "Suspended", message = "synced by hand only" }
    end
    local found = obj.status and obj.status.health
    if not found or not found.status then
      return { status = "Progressing", message = "not looked at yet" }
    end
    return { status = found.status, message = found.message or "" }
  LUA
}

# By a chart, not by `kubernetes_manifest`: that one asks the cluster for the kind Application
# while planning, when there is no cluster yet.
resource "helm_release" "applications" {
  name       = "fotograma-applications"
  namespace  = helm_release.argocd.namespace
  repository = "https://argoproj.github.io/argo-helm"
  chart      = "argocd-apps"
  version    = var.applications_chart_version

  values = [yamlencode({
    applications = {
      fotograma = {
        namespace = helm_release.argocd.namespace
        project   = "default"
        # Destroying the release takes down what it deployed, Ingress and load balancer included.
        finalizers = ["resources-finalizer.argocd.argoproj.io"]

        source = {
          repoURL        = var.repository_url
          targetRevision = var.revision
          path           = var.path
        }
        destination = {
          server    = "https://kubernetes.default.svc"
          namespace = helm_release.argocd.namespace
        }
        syncPolicy = {
          automated   = { prune = true, selfHeal = true }
          syncOptions = ["RespectIgnoreDifferences=true"]
          # Each try takes what the branch says by then, not the commit that failed.
          retry = {
            limit   = 5
            refresh = true
            backoff = { duration = "10s", factor = 2, maxDuration = "3m" }
          }
        }
        # Whether an Application syncs by itself is an operator's: turned on with the first release,
        # off for a moment in an emergency. Else it would be undone within seconds.
        ignoreDifferences = [{
          group        = "argoproj.io"
          kind         = "Application"
          jsonPointers = ["/spec/syncPolicy/automated"]
        }]
      }
    }
  })]
}
