mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  name                      = "fotograma-test-video"
  database                  = "video"
  password                  = "not-a-password"
  password_version          = 1
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1", "subnet-2", "subnet-3"]
  client_security_group_ids = { cluster = "sg-1" }
  instance_class            = "db.t4g.medium"
  multi_az                  = true
  backup_retention_days     = 35
  deletion_protection       = true
  enhanced_monitoring       = true
}

run "safe" {
  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.multi_az && !aws_db_instance.this.publicly_accessible
    error_message = "Encrypted, in two zones, and private."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "Data could be lost with one command."
  }

  assert {
    condition     = [for name, rule in aws_vpc_security_group_ingress_rule.clients : rule.referenced_security_group_id] == ["sg-1"]
    error_message = "Somebody else can connect."
  }

  assert {
    condition     = aws_db_parameter_group.this.family == "postgres18"
    error_message = "Parameters of another version than the database's."
  }
}

run "no_backups_is_no_database" {
  command = plan

  variables {
    backup_retention_days = 0
  }

  expect_failures = [var.backup_retention_days]
}
