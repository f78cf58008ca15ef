-- better-auth 1.7.25, generateDrizzleSchema of auth 1.7.7, drizzle-kit 0.31.11 generate; 2026-11-25
CREATE TABLE `account` (
	`id` varchar(36) NOT NULL,
	`account_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`access_token` text,
	`refresh_token` text,
	`id_token` text,
	`access_token_expires_at` timestamp(3),
	`refresh_token_expires_at` timestamp(3),
	`scope` text,
	`password` text,
	`created_at` timestamp(3) NOT NULL DEFAULT (now()),
	`updated_at` timestamp(3) NOT NULL,
	CONSTRAINT `account_id` PRIMARY KEY(`id`)
);

CREATE TABLE `apikey` (
	`id` varchar(36) NOT NULL,
	`config_id` varchar(255) NOT NULL DEFAULT 'default',
	`name` text,
	`start` text,
	`reference_id` varchar(255) NOT NULL,
	`prefix` text,
	`key` varchar(255) NOT NULL,
	`refill_interval` int,
	`refill_amount` int,
	`last_refill_at` timestamp(3),
	`enabled` boolean DEFAULT true,
	`rate_limit_enabled` boolean DEFAULT true,
	`rate_limit_time_window` int DEFAULT 86400000,
	`rate_limit_max` int DEFAULT 10,
	`request_count` int DEFAULT 0,
	`remaining` int,
	`last_request` timestamp(3),
	`expires_at` timestamp(3),
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3) NOT NULL,
	`permissions` text,
	`metadata` text,
	CONSTRAINT `apikey_id` PRIMARY KEY(`id`)
);

CREATE TABLE `device_code` (
	`id` varchar(36) NOT NULL,
	`device_code` varchar(191) NOT NULL,
	`user_code` varchar(191) NOT NULL,
	`user_id` text,
	`expires_at` timestamp(3) NOT NULL,
	`status` text NOT NULL,
	`last_polled_at` timestamp(3),
	`polling_interval` int,
	`client_id` text,
	`scope` text,
	CONSTRAINT `device_code_id` PRIMARY KEY(`id`),
	CONSTRAINT `deviceCode_deviceCode_uidx` UNIQUE(`device_code`),
	CONSTRAINT `deviceCode_userCode_uidx` UNIQUE(`user_code`)
);

CREATE TABLE `invitation` (
	`id` varchar(36) NOT NULL,
	`organization_id` varchar(36) NOT NULL,
	`email` varchar(255) NOT NULL,
	`role` varchar(255),
	`team_id` varchar(255),
	`status` varchar(255) NOT NULL DEFAULT 'pending',
	`expires_at` timestamp(3) NOT NULL,
	`created_at` timestamp(3) NOT NULL DEFAULT (now()),
	`inviter_id` varchar(36) NOT NULL,
	CONSTRAINT `invitation_id` PRIMARY KEY(`id`)
);

CREATE TABLE `jwks` (
	`id` varchar(36) NOT NULL,
	`public_key` text NOT NULL,
	`private_key` text NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`expires_at` timestamp(3),
	`alg` text,
	`crv` text,
	CONSTRAINT `jwks_id` PRIMARY KEY(`id`)
);

CREATE TABLE `member` (
	`id` varchar(36) NOT NULL,
	`organization_id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`role` varchar(255) NOT NULL DEFAULT 'member',
	`created_at` timestamp(3) NOT NULL,
	CONSTRAINT `member_id` PRIMARY KEY(`id`)
);

CREATE TABLE `oauth_access_token` (
	`id` varchar(36) NOT NULL,
	`token` varchar(255) NOT NULL,
	`client_id` varchar(36) NOT NULL,
	`session_id` varchar(36),
	`user_id` varchar(36),
	`reference_id` text,
	`authorization_code_id` varchar(255),
	`resources` text,
	`requested_user_info_claims` text,
	`refresh_id` varchar(36),
	`expires_at` timestamp(3) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`revoked` timestamp(3),
	`confirmation` json,
	`scopes` text NOT NULL,
	CONSTRAINT `oauth_access_token_id` PRIMARY KEY(`id`),
	CONSTRAINT `oauth_access_token_token_unique` UNIQUE(`token`)
);

CREATE TABLE `oauth_client` (
	`id` varchar(36) NOT NULL,
	`client_id` varchar(255) NOT NULL,
	`client_secret` text,
	`client_discovery_id` text,
	`disabled` boolean DEFAULT false,
	`skip_consent` boolean,
	`enable_end_session` boolean,
	`subject_type` text,
	`scopes` text,
	`client_credentials_scopes` text DEFAULT (),
	`user_id` varchar(36),
	`created_at` timestamp(3),
	`updated_at` timestamp(3),
	`name` text,
	`uri` text,
	`icon` text,
	`contacts` text,
	`tos` text,
	`policy` text,
	`software_id` text,
	`software_version` text,
	`software_statement` text,
	`redirect_uris` text NOT NULL,
	`post_logout_redirect_uris` text,
	`backchannel_logout_uri` text,
	`backchannel_logout_session_required` boolean,
	`token_endpoint_auth_method` text,
	`application_type` text,
	`jwks` text,
	`jwks_uri` text,
	`grant_types` text,
	`response_types` text,
	`require_pkce` boolean,
	`dpop_bound_access_tokens` boolean DEFAULT false,
	`reference_id` text,
	`metadata` json,
	CONSTRAINT `oauth_client_id` PRIMARY KEY(`id`),
	CONSTRAINT `oauth_client_client_id_unique` UNIQUE(`client_id`)
);

CREATE TABLE `oauth_client_assertion` (
	`id` varchar(36) NOT NULL,
	`expires_at` timestamp(3) NOT NULL,
	CONSTRAINT `oauth_client_assertion_id` PRIMARY KEY(`id`)
);

CREATE TABLE `oauth_client_resource` (
	`id` varchar(36) NOT NULL,
	`client_id` varchar(191) NOT NULL,
	`resource_id` varchar(191) NOT NULL,
	`metadata` json,
	`created_at` timestamp(3),
	CONSTRAINT `oauth_client_resource_id` PRIMARY KEY(`id`),
	CONSTRAINT `oauthClientResource_clientId_resourceId_uidx` UNIQUE(`client_id`,`resource_id`)
);

CREATE TABLE `oauth_consent` (
	`id` varchar(36) NOT NULL,
	`client_id` varchar(36) NOT NULL,
	`user_id` varchar(36),
	`reference_id` text,
	`resources` text,
	`requested_user_info_claims` text,
	`scopes` text NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3) NOT NULL,
	CONSTRAINT `oauth_consent_id` PRIMARY KEY(`id`)
);

CREATE TABLE `oauth_refresh_token` (
	`id` varchar(36) NOT NULL,
	`token` varchar(255) NOT NULL,
	`client_id` varchar(36) NOT NULL,
	`session_id` varchar(36),
	`user_id` varchar(36) NOT NULL,
	`reference_id` text,
	`authorization_code_id` varchar(255),
	`resources` text,
	`requested_user_info_claims` text,
	`expires_at` timestamp(3) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`revoked` timestamp(3),
	`rotated_at` timestamp(3),
	`rotation_replay_response` text,
	`rotation_replay_expires_at` timestamp(3),
	`auth_time` timestamp(3),
	`confirmation` json,
	`scopes` text NOT NULL,
	CONSTRAINT `oauth_refresh_token_id` PRIMARY KEY(`id`),
	CONSTRAINT `oauth_refresh_token_token_unique` UNIQUE(`token`)
);

CREATE TABLE `oauth_resource` (
	`id` varchar(36) NOT NULL,
	`identifier` varchar(255) NOT NULL,
	`name` text NOT NULL,
	`access_token_ttl` int,
	`refresh_token_ttl` int,
	`signing_algorithm` text,
	`signing_key_id` text,
	`allowed_scopes` text,
	`custom_claims` json,
	`dpop_bound_access_tokens_required` boolean DEFAULT false,
	`disabled` boolean DEFAULT false,
	`created_at` timestamp(3),
	`updated_at` timestamp(3),
	`policy_version` int DEFAULT 1,
	`metadata` json,
	CONSTRAINT `oauth_resource_id` PRIMARY KEY(`id`),
	CONSTRAINT `oauth_resource_identifier_unique` UNIQUE(`identifier`)
);

CREATE TABLE `organization` (
	`id` varchar(36) NOT NULL,
	`name` varchar(255) NOT NULL,
	`slug` varchar(255) NOT NULL,
	`logo` text,
	`created_at` timestamp(3) NOT NULL,
	`metadata` text,
	`stripe_customer_id` text,
	CONSTRAINT `organization_id` PRIMARY KEY(`id`),
	CONSTRAINT `organization_slug_unique` UNIQUE(`slug`)
);

CREATE TABLE `organization_role` (
	`id` varchar(36) NOT NULL,
	`organization_id` varchar(36) NOT NULL,
	`role` varchar(255) NOT NULL,
	`permission` text NOT NULL,
	`created_at` timestamp(3) NOT NULL DEFAULT (now()),
	`updated_at` timestamp(3),
	CONSTRAINT `organization_role_id` PRIMARY KEY(`id`)
);

CREATE TABLE `passkey` (
	`id` varchar(36) NOT NULL,
	`name` text,
	`public_key` text NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`credential_id` varchar(255) NOT NULL,
	`counter` int NOT NULL,
	`device_type` text NOT NULL,
	`backed_up` boolean NOT NULL,
	`transports` text,
	`created_at` timestamp(3),
	`aaguid` text,
	CONSTRAINT `passkey_id` PRIMARY KEY(`id`)
);

CREATE TABLE `rate_limit` (
	`id` varchar(36) NOT NULL,
	`key` varchar(255) NOT NULL,
	`count` int NOT NULL,
	`last_request` bigint NOT NULL,
	CONSTRAINT `rate_limit_id` PRIMARY KEY(`id`),
	CONSTRAINT `rate_limit_key_unique` UNIQUE(`key`)
);

CREATE TABLE `scim_connection_binding` (
	`id` varchar(36) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`connection_key` varchar(255) NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`decommissioned_at` timestamp(3),
	`decommission_status` text NOT NULL DEFAULT ('active'),
	`decommission_cursor_user_id` text,
	`decommission_reconciled_user_count` int NOT NULL DEFAULT 0,
	`decommission_batch_count` int NOT NULL DEFAULT 0,
	`decommission_revision` int NOT NULL DEFAULT 0,
	`decommission_completed_at` timestamp(3),
	`decommission_lease_id` text,
	`decommission_lease_expires_at` timestamp(3),
	CONSTRAINT `scim_connection_binding_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_connection_binding_connection_key_unique` UNIQUE(`connection_key`)
);

CREATE TABLE `scim_group` (
	`id` varchar(36) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`provisioning_domain_id` varchar(255) NOT NULL,
	`revision` int NOT NULL DEFAULT 0,
	`display_name` text NOT NULL,
	`display_name_key` varchar(255) NOT NULL,
	`external_id` text,
	`external_id_key` varchar(255),
	`order_key` varchar(255) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_group_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_group_display_name_key_unique` UNIQUE(`display_name_key`),
	CONSTRAINT `scim_group_external_id_key_unique` UNIQUE(`external_id_key`),
	CONSTRAINT `scim_group_order_key_unique` UNIQUE(`order_key`)
);

CREATE TABLE `scim_group_member` (
	`id` varchar(36) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`group_id` varchar(36) NOT NULL,
	`scim_user_id` varchar(36) NOT NULL,
	`membership_key` varchar(255) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_group_member_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_group_member_membership_key_unique` UNIQUE(`membership_key`)
);

CREATE TABLE `scim_identity_tombstone` (
	`id` varchar(36) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`provisioning_domain_id` varchar(255) NOT NULL,
	`external_id` text NOT NULL,
	`external_id_key` varchar(255) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`profile` text NOT NULL,
	`deleted_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_identity_tombstone_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_identity_tombstone_external_id_key_unique` UNIQUE(`external_id_key`)
);

CREATE TABLE `scim_managed_connection` (
	`id` varchar(36) NOT NULL,
	`creation_request_id` varchar(255) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`provisioning_domain_id` varchar(255) NOT NULL,
	`status` text NOT NULL,
	`revision` int NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`created_by` text NOT NULL,
	`decommission_started_at` timestamp(3),
	`decommission_started_by` text,
	`decommissioned_at` timestamp(3),
	`decommissioned_by` text,
	CONSTRAINT `scim_managed_connection_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_managed_connection_creation_request_id_unique` UNIQUE(`creation_request_id`),
	CONSTRAINT `scim_managed_connection_connection_id_unique` UNIQUE(`connection_id`)
);

CREATE TABLE `scim_managed_connection_event` (
	`id` varchar(36) NOT NULL,
	`connection_record_id` varchar(36) NOT NULL,
	`event_key` varchar(255) NOT NULL,
	`sequence` int NOT NULL,
	`type` text NOT NULL,
	`actor_id` text NOT NULL,
	`credential_id` text,
	`created_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_managed_connection_event_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_managed_connection_event_event_key_unique` UNIQUE(`event_key`)
);

CREATE TABLE `scim_managed_credential` (
	`id` varchar(36) NOT NULL,
	`connection_record_id` varchar(36) NOT NULL,
	`credential_id` varchar(255) NOT NULL,
	`token_digest` text NOT NULL,
	`hash_version` text NOT NULL,
	`active_slot_key` varchar(255) NOT NULL,
	`status` text NOT NULL,
	`serialized_scopes` text NOT NULL,
	`expires_at` timestamp(3) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`created_by` text NOT NULL,
	`last_used_at` timestamp(3),
	`revoked_at` timestamp(3),
	`revoked_by` text,
	`decommissioned_at` timestamp(3),
	CONSTRAINT `scim_managed_credential_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_managed_credential_credential_id_unique` UNIQUE(`credential_id`),
	CONSTRAINT `scim_managed_credential_active_slot_key_unique` UNIQUE(`active_slot_key`)
);

CREATE TABLE `scim_projection_grant` (
	`id` varchar(36) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`provisioning_domain_id` varchar(255) NOT NULL,
	`scim_user_id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`source_kind` text NOT NULL,
	`source_id` text NOT NULL,
	`source_value` text,
	`role` text NOT NULL,
	`grant_key` varchar(255) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_projection_grant_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_projection_grant_grant_key_unique` UNIQUE(`grant_key`)
);

CREATE TABLE `scim_subject` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`profile_source_id` varchar(255),
	`revision` int NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_subject_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_subject_user_id_unique` UNIQUE(`user_id`)
);

CREATE TABLE `scim_user` (
	`id` varchar(36) NOT NULL,
	`connection_id` varchar(255) NOT NULL,
	`provisioning_domain_id` varchar(255) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`connection_user_key` varchar(255) NOT NULL,
	`user_name` text NOT NULL,
	`user_name_key` varchar(255) NOT NULL,
	`primary_email` text NOT NULL,
	`work_email_value_index` text NOT NULL,
	`email_value_index` text NOT NULL,
	`display_name` text NOT NULL,
	`formatted_name` text NOT NULL,
	`given_name` text,
	`family_name` text,
	`serialized_emails` text NOT NULL,
	`serialized_attributes` text,
	`external_id` text,
	`external_id_key` varchar(255),
	`active` boolean NOT NULL,
	`order_key` varchar(255) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3) NOT NULL,
	CONSTRAINT `scim_user_id` PRIMARY KEY(`id`),
	CONSTRAINT `scim_user_connection_user_key_unique` UNIQUE(`connection_user_key`),
	CONSTRAINT `scim_user_user_name_key_unique` UNIQUE(`user_name_key`),
	CONSTRAINT `scim_user_external_id_key_unique` UNIQUE(`external_id_key`),
	CONSTRAINT `scim_user_order_key_unique` UNIQUE(`order_key`)
);

CREATE TABLE `session` (
	`id` varchar(36) NOT NULL,
	`expires_at` timestamp(3) NOT NULL,
	`token` varchar(255) NOT NULL,
	`created_at` timestamp(3) NOT NULL DEFAULT (now()),
	`updated_at` timestamp(3) NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`user_id` varchar(36) NOT NULL,
	`active_organization_id` text,
	`active_team_id` text,
	`impersonated_by` text,
	CONSTRAINT `session_id` PRIMARY KEY(`id`),
	CONSTRAINT `session_token_unique` UNIQUE(`token`)
);

CREATE TABLE `sso_provider` (
	`id` varchar(36) NOT NULL,
	`issuer` text NOT NULL,
	`oidc_config` text,
	`saml_config` text,
	`user_id` varchar(36) NOT NULL,
	`provider_id` varchar(255) NOT NULL,
	`organization_id` text,
	`domain` text NOT NULL,
	`domain_verified` boolean,
	CONSTRAINT `sso_provider_id` PRIMARY KEY(`id`),
	CONSTRAINT `sso_provider_provider_id_unique` UNIQUE(`provider_id`)
);

CREATE TABLE `subscription` (
	`id` varchar(36) NOT NULL,
	`plan` text NOT NULL,
	`reference_id` text NOT NULL,
	`stripe_customer_id` text,
	`stripe_subscription_id` text,
	`status` text NOT NULL DEFAULT ('incomplete'),
	`period_start` timestamp(3),
	`period_end` timestamp(3),
	`trial_start` timestamp(3),
	`trial_end` timestamp(3),
	`cancel_at_period_end` boolean DEFAULT false,
	`cancel_at` timestamp(3),
	`canceled_at` timestamp(3),
	`ended_at` timestamp(3),
	`seats` int,
	`billing_interval` text,
	`stripe_schedule_id` text,
	CONSTRAINT `subscription_id` PRIMARY KEY(`id`)
);

CREATE TABLE `team` (
	`id` varchar(36) NOT NULL,
	`name` text NOT NULL,
	`member_count` int NOT NULL DEFAULT 0,
	`organization_id` varchar(36) NOT NULL,
	`created_at` timestamp(3) NOT NULL,
	`updated_at` timestamp(3),
	CONSTRAINT `team_id` PRIMARY KEY(`id`)
);

CREATE TABLE `team_member` (
	`id` varchar(36) NOT NULL,
	`team_id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`membership_key` varchar(255),
	`created_at` timestamp(3),
	CONSTRAINT `team_member_id` PRIMARY KEY(`id`),
	CONSTRAINT `team_member_membership_key_unique` UNIQUE(`membership_key`)
);

CREATE TABLE `two_factor` (
	`id` varchar(36) NOT NULL,
	`secret` varchar(255) NOT NULL,
	`backup_codes` text NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`verified` boolean DEFAULT true,
	`failed_verification_count` int DEFAULT 0,
	`locked_until` timestamp(3),
	CONSTRAINT `two_factor_id` PRIMARY KEY(`id`)
);

CREATE TABLE `user` (
	`id` varchar(36) NOT NULL,
	`name` varchar(255) NOT NULL,
	`email` varchar(255) NOT NULL,
	`email_verified` boolean NOT NULL DEFAULT false,
	`image` text,
	`created_at` timestamp(3) NOT NULL DEFAULT (now()),
	`updated_at` timestamp(3) NOT NULL DEFAULT (now()),
	`two_factor_enabled` boolean DEFAULT false,
	`role` text,
	`banned` boolean DEFAULT false,
	`ban_reason` text,
	`ban_expires` timestamp(3),
	`phone_number` varchar(255),
	`phone_number_verified` boolean,
	`username` varchar(255),
	`display_username` text,
	`is_anonymous` boolean DEFAULT false,
	`stripe_customer_id` text,
	`last_login_method` text,
	CONSTRAINT `user_id` PRIMARY KEY(`id`),
	CONSTRAINT `user_email_unique` UNIQUE(`email`),
	CONSTRAINT `user_phone_number_unique` UNIQUE(`phone_number`),
	CONSTRAINT `user_username_unique` UNIQUE(`username`)
);

CREATE TABLE `verification` (
	`id` varchar(36) NOT NULL,
	`identifier` varchar(255) NOT NULL,
	`value` text NOT NULL,
	`expires_at` timestamp(3) NOT NULL,
	`created_at` timestamp(3) NOT NULL DEFAULT (now()),
	`updated_at` timestamp(3) NOT NULL DEFAULT (now()),
	CONSTRAINT `verification_id` PRIMARY KEY(`id`)
);

CREATE TABLE `wallet_address` (
	`id` varchar(36) NOT NULL,
	`user_id` varchar(36) NOT NULL,
	`address` text NOT NULL,
	`chain_id` int NOT NULL,
	`is_primary` boolean NOT NULL DEFAULT false,
	`created_at` timestamp(3) NOT NULL,
	CONSTRAINT `wallet_address_id` PRIMARY KEY(`id`)
);

ALTER TABLE `account` ADD CONSTRAINT `account_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `invitation` ADD CONSTRAINT `invitation_organization_id_organization_id_fk` FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `invitation` ADD CONSTRAINT `invitation_inviter_id_user_id_fk` FOREIGN KEY (`inviter_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `member` ADD CONSTRAINT `member_organization_id_organization_id_fk` FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `member` ADD CONSTRAINT `member_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_access_token` ADD CONSTRAINT `oauth_access_token_client_id_oauth_client_client_id_fk` FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_access_token` ADD CONSTRAINT `oauth_access_token_session_id_session_id_fk` FOREIGN KEY (`session_id`) REFERENCES `session`(`id`) ON DELETE set null ON UPDATE no action;
ALTER TABLE `oauth_access_token` ADD CONSTRAINT `oauth_access_token_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_access_token` ADD CONSTRAINT `oauth_access_token_refresh_id_oauth_refresh_token_id_fk` FOREIGN KEY (`refresh_id`) REFERENCES `oauth_refresh_token`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_client` ADD CONSTRAINT `oauth_client_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_client_resource` ADD CONSTRAINT `oauth_client_resource_client_id_oauth_client_client_id_fk` FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_client_resource` ADD CONSTRAINT `oauth_client_resource_resource_id_oauth_resource_identifier_fk` FOREIGN KEY (`resource_id`) REFERENCES `oauth_resource`(`identifier`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_consent` ADD CONSTRAINT `oauth_consent_client_id_oauth_client_client_id_fk` FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_consent` ADD CONSTRAINT `oauth_consent_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_refresh_token` ADD CONSTRAINT `oauth_refresh_token_client_id_oauth_client_client_id_fk` FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `oauth_refresh_token` ADD CONSTRAINT `oauth_refresh_token_session_id_session_id_fk` FOREIGN KEY (`session_id`) REFERENCES `session`(`id`) ON DELETE set null ON UPDATE no action;
ALTER TABLE `oauth_refresh_token` ADD CONSTRAINT `oauth_refresh_token_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `organization_role` ADD CONSTRAINT `organization_role_organization_id_organization_id_fk` FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `passkey` ADD CONSTRAINT `passkey_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_group_member` ADD CONSTRAINT `scim_group_member_group_id_scim_group_id_fk` FOREIGN KEY (`group_id`) REFERENCES `scim_group`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_group_member` ADD CONSTRAINT `scim_group_member_scim_user_id_scim_user_id_fk` FOREIGN KEY (`scim_user_id`) REFERENCES `scim_user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_identity_tombstone` ADD CONSTRAINT `scim_identity_tombstone_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_managed_connection_event` ADD CONSTRAINT `scim_managed_connection_event_connection_record_id_scim_managed_connection_id_fk` FOREIGN KEY (`connection_record_id`) REFERENCES `scim_managed_connection`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_managed_credential` ADD CONSTRAINT `scim_managed_credential_connection_record_id_scim_managed_connection_id_fk` FOREIGN KEY (`connection_record_id`) REFERENCES `scim_managed_connection`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_projection_grant` ADD CONSTRAINT `scim_projection_grant_scim_user_id_scim_user_id_fk` FOREIGN KEY (`scim_user_id`) REFERENCES `scim_user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_projection_grant` ADD CONSTRAINT `scim_projection_grant_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_subject` ADD CONSTRAINT `scim_subject_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `scim_user` ADD CONSTRAINT `scim_user_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `session` ADD CONSTRAINT `session_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `sso_provider` ADD CONSTRAINT `sso_provider_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `team` ADD CONSTRAINT `team_organization_id_organization_id_fk` FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `team_member` ADD CONSTRAINT `team_member_team_id_team_id_fk` FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `team_member` ADD CONSTRAINT `team_member_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `two_factor` ADD CONSTRAINT `two_factor_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
ALTER TABLE `wallet_address` ADD CONSTRAINT `wallet_address_user_id_user_id_fk` FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON DELETE cascade ON UPDATE no action;
CREATE INDEX `account_userId_idx` ON `account` (`user_id`);
CREATE INDEX `apikey_configId_idx` ON `apikey` (`config_id`);
CREATE INDEX `apikey_referenceId_idx` ON `apikey` (`reference_id`);
CREATE INDEX `apikey_key_idx` ON `apikey` (`key`);
CREATE INDEX `invitation_organizationId_idx` ON `invitation` (`organization_id`);
CREATE INDEX `invitation_email_idx` ON `invitation` (`email`);
CREATE INDEX `member_organizationId_idx` ON `member` (`organization_id`);
CREATE INDEX `member_userId_idx` ON `member` (`user_id`);
CREATE INDEX `oauthAccessToken_clientId_idx` ON `oauth_access_token` (`client_id`);
CREATE INDEX `oauthAccessToken_sessionId_idx` ON `oauth_access_token` (`session_id`);
CREATE INDEX `oauthAccessToken_userId_idx` ON `oauth_access_token` (`user_id`);
CREATE INDEX `oauthAccessToken_authorizationCodeId_idx` ON `oauth_access_token` (`authorization_code_id`);
CREATE INDEX `oauthAccessToken_refreshId_idx` ON `oauth_access_token` (`refresh_id`);
CREATE INDEX `oauthClient_userId_idx` ON `oauth_client` (`user_id`);
CREATE INDEX `oauthClientResource_clientId_idx` ON `oauth_client_resource` (`client_id`);
CREATE INDEX `oauthClientResource_resourceId_idx` ON `oauth_client_resource` (`resource_id`);
CREATE INDEX `oauthConsent_clientId_idx` ON `oauth_consent` (`client_id`);
CREATE INDEX `oauthConsent_userId_idx` ON `oauth_consent` (`user_id`);
CREATE INDEX `oauthRefreshToken_clientId_idx` ON `oauth_refresh_token` (`client_id`);
CREATE INDEX `oauthRefreshToken_sessionId_idx` ON `oauth_refresh_token` (`session_id`);
CREATE INDEX `oauthRefreshToken_userId_idx` ON `oauth_refresh_token` (`user_id`);
CREATE INDEX `oauthRefreshToken_authorizationCodeId_idx` ON `oauth_refresh_token` (`authorization_code_id`);
CREATE INDEX `organizationRole_organizationId_idx` ON `organization_role` (`organization_id`);
CREATE INDEX `organizationRole_role_idx` ON `organization_role` (`role`);
CREATE INDEX `passkey_userId_idx` ON `passkey` (`user_id`);
CREATE INDEX `passkey_credentialID_idx` ON `passkey` (`credential_id`);
CREATE INDEX `scimConnectionBinding_connectionId_idx` ON `scim_connection_binding` (`connection_id`);
CREATE INDEX `scimGroup_connectionId_idx` ON `scim_group` (`connection_id`);
CREATE INDEX `scimGroup_provisioningDomainId_idx` ON `scim_group` (`provisioning_domain_id`);
CREATE INDEX `scimGroupMember_connectionId_idx` ON `scim_group_member` (`connection_id`);
CREATE INDEX `scimGroupMember_groupId_idx` ON `scim_group_member` (`group_id`);
CREATE INDEX `scimGroupMember_scimUserId_idx` ON `scim_group_member` (`scim_user_id`);
CREATE INDEX `scimIdentityTombstone_connectionId_idx` ON `scim_identity_tombstone` (`connection_id`);
CREATE INDEX `scimIdentityTombstone_provisioningDomainId_idx` ON `scim_identity_tombstone` (`provisioning_domain_id`);
CREATE INDEX `scimIdentityTombstone_userId_idx` ON `scim_identity_tombstone` (`user_id`);
CREATE INDEX `scimManagedConnection_provisioningDomainId_idx` ON `scim_managed_connection` (`provisioning_domain_id`);
CREATE INDEX `scimManagedConnectionEvent_connectionRecordId_idx` ON `scim_managed_connection_event` (`connection_record_id`);
CREATE INDEX `scimManagedCredential_connectionRecordId_idx` ON `scim_managed_credential` (`connection_record_id`);
CREATE INDEX `scimProjectionGrant_connectionId_idx` ON `scim_projection_grant` (`connection_id`);
CREATE INDEX `scimProjectionGrant_provisioningDomainId_idx` ON `scim_projection_grant` (`provisioning_domain_id`);
CREATE INDEX `scimProjectionGrant_scimUserId_idx` ON `scim_projection_grant` (`scim_user_id`);
CREATE INDEX `scimProjectionGrant_userId_idx` ON `scim_projection_grant` (`user_id`);
CREATE INDEX `scimSubject_profileSourceId_idx` ON `scim_subject` (`profile_source_id`);
CREATE INDEX `scimUser_connectionId_idx` ON `scim_user` (`connection_id`);
CREATE INDEX `scimUser_provisioningDomainId_idx` ON `scim_user` (`provisioning_domain_id`);
CREATE INDEX `scimUser_userId_idx` ON `scim_user` (`user_id`);
CREATE INDEX `session_userId_idx` ON `session` (`user_id`);
CREATE INDEX `team_organizationId_idx` ON `team` (`organization_id`);
CREATE INDEX `teamMember_teamId_idx` ON `team_member` (`team_id`);
CREATE INDEX `teamMember_userId_idx` ON `team_member` (`user_id`);
CREATE INDEX `twoFactor_secret_idx` ON `two_factor` (`secret`);
CREATE INDEX `twoFactor_userId_idx` ON `two_factor` (`user_id`);
CREATE INDEX `verification_identifier_idx` ON `verification` (`identifier`);
CREATE INDEX `walletAddress_userId_idx` ON `wallet_address` (`user_id`);