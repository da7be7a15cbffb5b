"""What deploy/k8s is told of one environment: the values of site.env."""

from fotograma_installer.decisions import Environment
from fotograma_installer.derived.networks import public_subnets
from fotograma_installer.names import bucket, environment_name, repository_page, runbooks
from fotograma_installer.sizes import WORKERS


def site_values(of: Environment) -> dict[str, dict[str, str]]:
    """By what they are about, in the order in which they stand in the file."""
    name = environment_name(of)
    workers = WORKERS[of.size]
    public_a, public_b, public_c = map(str, public_subnets(of.network))
    return {
        "The AWS account, and what its names begin with": {
            "ACCOUNT_ID": of.account,
            "REGION": of.region,
            "PROJECT": of.project,
            "ENVIRONMENT": of.name,
            "NAME": name,
        },
        "Roles": {
            "VIDEO_ROLE": f"{name}-video",
            "NOTIFY_ROLE": f"{name}-notify",
            "WORKER_ROLE": f"{name}-worker",
            "LOKI_ROLE": f"{name}-loki",
            "TEMPO_ROLE": f"{name}-tempo",
            "EXTERNAL_SECRETS_ROLE": f"{name}-external-secrets",
            "EXTERNAL_DNS_ROLE": f"{name}-external-dns",
            "NODE_ROLE": f"{name}-node",
        },
        "Where users find the product. Certificate, DNS records and links in mails follow": {
            "HOST": of.host,
        },
        "Mail, and where deliveries are kept": {
            "SENDER": of.mail.sender,
            "MAIL_QUEUE": f"{name}-mail",
            "FEEDBACK_QUEUE": f"{name}-feedback",
            "NOTIFY_TABLE": f"{name}-notify",
        },
        "The VPC's addresses, in which the databases are; and its public subnets, of each zone:"
        " only the load balancer is there, whose word on who is asking is believed": {
            "VPC_CIDR": str(of.network),
            "PUBLIC_CIDR_A": public_a,
            "PUBLIC_CIDR_B": public_b,
            "PUBLIC_CIDR_C": public_c,
        },
        "Buckets, of videos, logs and traces; S3 knows a name all over the world": {
            "BUCKET": bucket(of, "videos"),
            "LOGS_BUCKET": bucket(of, "logs"),
            "TRACES_BUCKET": bucket(of, "traces"),
        },
        "The web ACL of AWS WAF that the load balancer stands behind; `none` for none": {
            "WEB_ACL": name,
        },
        "How many workers there are, and the processors of the nodes that they may take": {
            "MIN_WORKERS": str(workers.least),
            "MAX_WORKERS": str(workers.most),
            "WORKER_CPUS": str(workers.cpus),
        },
        "Where the runbooks are read that alerts link to": {
            "RUNBOOKS": runbooks(of),
        },
        "Where Argo CD finds this folder, and the branch or tag that it follows": {
            "REPOSITORY": f"{repository_page(of)}.git",
            "REVISION": of.revision,
        },
    }
