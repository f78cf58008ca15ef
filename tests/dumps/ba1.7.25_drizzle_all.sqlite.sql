-- better-auth 1.7.25, generateDrizzleSchema of auth 1.7.7, drizzle-kit 0.31.11 generate; 2026-11-25
CREATE TABLE `account` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`user_id` text NOT NULL,
	`access_token` text,
	`refresh_token` text,
	`id_token` text,
	`access_token_expires_at` integer,
	`refresh_token_expires_at` integer,
	`scope` text,
	`password` text,
	`created_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `account_userId_idx` ON `account` (`user_id`);
CREATE TABLE `apikey` (
	`id` text PRIMARY KEY NOT NULL,
	`config_id` text DEFAULT 'default' NOT NULL,
	`name` text,
	`start` text,
	`reference_id` text NOT NULL,
	`prefix` text,
	`key` text NOT NULL,
	`refill_interval` integer,
	`refill_amount` integer,
	`last_refill_at` integer,
	`enabled` integer DEFAULT true,
	`rate_limit_enabled` integer DEFAULT true,
	`rate_limit_time_window` integer DEFAULT 86400000,
	`rate_limit_max` integer DEFAULT 10,
	`request_count` integer DEFAULT 0,
	`remaining` integer,
	`last_request` integer,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`permissions` text,
	`metadata` text
);

CREATE INDEX `apikey_configId_idx` ON `apikey` (`config_id`);
CREATE INDEX `apikey_referenceId_idx` ON `apikey` (`reference_id`);
CREATE INDEX `apikey_key_idx` ON `apikey` (`key`);
CREATE TABLE `device_code` (
	`id` text PRIMARY KEY NOT NULL,
	`device_code` text NOT NULL,
	`user_code` text NOT NULL,
	`user_id` text,
	`expires_at` integer NOT NULL,
	`status` text NOT NULL,
	`last_polled_at` integer,
	`polling_interval` integer,
	`client_id` text,
	`scope` text
);

CREATE UNIQUE INDEX `deviceCode_deviceCode_uidx` ON `device_code` (`device_code`);
CREATE UNIQUE INDEX `deviceCode_userCode_uidx` ON `device_code` (`user_code`);
CREATE TABLE `invitation` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text,
	`team_id` text,
	`status` text DEFAULT 'pending' NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`inviter_id` text NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`inviter_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `invitation_organizationId_idx` ON `invitation` (`organization_id`);
CREATE INDEX `invitation_email_idx` ON `invitation` (`email`);
CREATE TABLE `jwks` (
	`id` text PRIMARY KEY NOT NULL,
	`public_key` text NOT NULL,
	`private_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`alg` text,
	`crv` text
);

CREATE TABLE `member` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text DEFAULT 'member' NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `member_organizationId_idx` ON `member` (`organization_id`);
CREATE INDEX `member_userId_idx` ON `member` (`user_id`);
CREATE TABLE `oauth_access_token` (
	`id` text PRIMARY KEY NOT NULL,
	`token` text NOT NULL,
	`client_id` text NOT NULL,
	`session_id` text,
	`user_id` text,
	`reference_id` text,
	`authorization_code_id` text,
	`resources` text,
	`requested_user_info_claims` text,
	`refresh_id` text,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`revoked` integer,
	`confirmation` text,
	`scopes` text NOT NULL,
	FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `session`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`refresh_id`) REFERENCES `oauth_refresh_token`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `oauth_access_token_token_unique` ON `oauth_access_token` (`token`);
CREATE INDEX `oauthAccessToken_clientId_idx` ON `oauth_access_token` (`client_id`);
CREATE INDEX `oauthAccessToken_sessionId_idx` ON `oauth_access_token` (`session_id`);
CREATE INDEX `oauthAccessToken_userId_idx` ON `oauth_access_token` (`user_id`);
CREATE INDEX `oauthAccessToken_authorizationCodeId_idx` ON `oauth_access_token` (`authorization_code_id`);
CREATE INDEX `oauthAccessToken_refreshId_idx` ON `oauth_access_token` (`refresh_id`);
CREATE TABLE `oauth_client` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`client_secret` text,
	`client_discovery_id` text,
	`disabled` integer DEFAULT false,
	`skip_consent` integer,
	`enable_end_session` integer,
	`subject_type` text,
	`scopes` text,
	`client_credentials_scopes` text DEFAULT '[]',
	`user_id` text,
	`created_at` integer,
	`updated_at` integer,
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
	`backchannel_logout_session_required` integer,
	`token_endpoint_auth_method` text,
	`application_type` text,
	`jwks` text,
	`jwks_uri` text,
	`grant_types` text,
	`response_types` text,
	`require_pkce` integer,
	`dpop_bound_access_tokens` integer DEFAULT false,
	`reference_id` text,
	`metadata` text,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `oauth_client_client_id_unique` ON `oauth_client` (`client_id`);
CREATE INDEX `oauthClient_userId_idx` ON `oauth_client` (`user_id`);
CREATE TABLE `oauth_client_assertion` (
	`id` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
);

CREATE TABLE `oauth_client_resource` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`resource_id` text NOT NULL,
	`metadata` text,
	`created_at` integer,
	FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`resource_id`) REFERENCES `oauth_resource`(`identifier`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `oauthClientResource_clientId_resourceId_uidx` ON `oauth_client_resource` (`client_id`,`resource_id`);
CREATE INDEX `oauthClientResource_clientId_idx` ON `oauth_client_resource` (`client_id`);
CREATE INDEX `oauthClientResource_resourceId_idx` ON `oauth_client_resource` (`resource_id`);
CREATE TABLE `oauth_consent` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`user_id` text,
	`reference_id` text,
	`resources` text,
	`requested_user_info_claims` text,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `oauthConsent_clientId_idx` ON `oauth_consent` (`client_id`);
CREATE INDEX `oauthConsent_userId_idx` ON `oauth_consent` (`user_id`);
CREATE TABLE `oauth_refresh_token` (
	`id` text PRIMARY KEY NOT NULL,
	`token` text NOT NULL,
	`client_id` text NOT NULL,
	`session_id` text,
	`user_id` text NOT NULL,
	`reference_id` text,
	`authorization_code_id` text,
	`resources` text,
	`requested_user_info_claims` text,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`revoked` integer,
	`rotated_at` integer,
	`rotation_replay_response` text,
	`rotation_replay_expires_at` integer,
	`auth_time` integer,
	`confirmation` text,
	`scopes` text NOT NULL,
	FOREIGN KEY (`client_id`) REFERENCES `oauth_client`(`client_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `session`(`id`) ON UPDATE no action ON DELETE set null,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `oauth_refresh_token_token_unique` ON `oauth_refresh_token` (`token`);
CREATE INDEX `oauthRefreshToken_clientId_idx` ON `oauth_refresh_token` (`client_id`);
CREATE INDEX `oauthRefreshToken_sessionId_idx` ON `oauth_refresh_token` (`session_id`);
CREATE INDEX `oauthRefreshToken_userId_idx` ON `oauth_refresh_token` (`user_id`);
CREATE INDEX `oauthRefreshToken_authorizationCodeId_idx` ON `oauth_refresh_token` (`authorization_code_id`);
CREATE TABLE `oauth_resource` (
	`id` text PRIMARY KEY NOT NULL,
	`identifier` text NOT NULL,
	`name` text NOT NULL,
	`access_token_ttl` integer,
	`refresh_token_ttl` integer,
	`signing_algorithm` text,
	`signing_key_id` text,
	`allowed_scopes` text,
	`custom_claims` text,
	`dpop_bound_access_tokens_required` integer DEFAULT false,
	`disabled` integer DEFAULT false,
	`created_at` integer,
	`updated_at` integer,
	`policy_version` integer DEFAULT 1,
	`metadata` text
);

CREATE UNIQUE INDEX `oauth_resource_identifier_unique` ON `oauth_resource` (`identifier`);
CREATE TABLE `organization` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`slug` text NOT NULL,
	`logo` text,
	`created_at` integer NOT NULL,
	`metadata` text,
	`stripe_customer_id` text
);

CREATE UNIQUE INDEX `organization_slug_unique` ON `organization` (`slug`);
CREATE TABLE `organization_role` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`role` text NOT NULL,
	`permission` text NOT NULL,
	`created_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`updated_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `organizationRole_organizationId_idx` ON `organization_role` (`organization_id`);
CREATE INDEX `organizationRole_role_idx` ON `organization_role` (`role`);
CREATE TABLE `passkey` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text,
	`public_key` text NOT NULL,
	`user_id` text NOT NULL,
	`credential_id` text NOT NULL,
	`counter` integer NOT NULL,
	`device_type` text NOT NULL,
	`backed_up` integer NOT NULL,
	`transports` text,
	`created_at` integer,
	`aaguid` text,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `passkey_userId_idx` ON `passkey` (`user_id`);
CREATE INDEX `passkey_credentialID_idx` ON `passkey` (`credential_id`);
CREATE TABLE `rate_limit` (
	`id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`count` integer NOT NULL,
	`last_request` integer NOT NULL
);

CREATE UNIQUE INDEX `rate_limit_key_unique` ON `rate_limit` (`key`);
CREATE TABLE `scim_connection_binding` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`connection_key` text NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`decommissioned_at` integer,
	`decommission_status` text DEFAULT 'active' NOT NULL,
	`decommission_cursor_user_id` text,
	`decommission_reconciled_user_count` integer DEFAULT 0 NOT NULL,
	`decommission_batch_count` integer DEFAULT 0 NOT NULL,
	`decommission_revision` integer DEFAULT 0 NOT NULL,
	`decommission_completed_at` integer,
	`decommission_lease_id` text,
	`decommission_lease_expires_at` integer
);

CREATE UNIQUE INDEX `scim_connection_binding_connection_key_unique` ON `scim_connection_binding` (`connection_key`);
CREATE INDEX `scimConnectionBinding_connectionId_idx` ON `scim_connection_binding` (`connection_id`);
CREATE TABLE `scim_group` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`display_name` text NOT NULL,
	`display_name_key` text NOT NULL,
	`external_id` text,
	`external_id_key` text,
	`order_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);

CREATE UNIQUE INDEX `scim_group_display_name_key_unique` ON `scim_group` (`display_name_key`);
CREATE UNIQUE INDEX `scim_group_external_id_key_unique` ON `scim_group` (`external_id_key`);
CREATE UNIQUE INDEX `scim_group_order_key_unique` ON `scim_group` (`order_key`);
CREATE INDEX `scimGroup_connectionId_idx` ON `scim_group` (`connection_id`);
CREATE INDEX `scimGroup_provisioningDomainId_idx` ON `scim_group` (`provisioning_domain_id`);
CREATE TABLE `scim_group_member` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`group_id` text NOT NULL,
	`scim_user_id` text NOT NULL,
	`membership_key` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`group_id`) REFERENCES `scim_group`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`scim_user_id`) REFERENCES `scim_user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_group_member_membership_key_unique` ON `scim_group_member` (`membership_key`);
CREATE INDEX `scimGroupMember_connectionId_idx` ON `scim_group_member` (`connection_id`);
CREATE INDEX `scimGroupMember_groupId_idx` ON `scim_group_member` (`group_id`);
CREATE INDEX `scimGroupMember_scimUserId_idx` ON `scim_group_member` (`scim_user_id`);
CREATE TABLE `scim_identity_tombstone` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`external_id` text NOT NULL,
	`external_id_key` text NOT NULL,
	`user_id` text NOT NULL,
	`profile` text NOT NULL,
	`deleted_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_identity_tombstone_external_id_key_unique` ON `scim_identity_tombstone` (`external_id_key`);
CREATE INDEX `scimIdentityTombstone_connectionId_idx` ON `scim_identity_tombstone` (`connection_id`);
CREATE INDEX `scimIdentityTombstone_provisioningDomainId_idx` ON `scim_identity_tombstone` (`provisioning_domain_id`);
CREATE INDEX `scimIdentityTombstone_userId_idx` ON `scim_identity_tombstone` (`user_id`);
CREATE TABLE `scim_managed_connection` (
	`id` text PRIMARY KEY NOT NULL,
	`creation_request_id` text NOT NULL,
	`connection_id` text NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`status` text NOT NULL,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`decommission_started_at` integer,
	`decommission_started_by` text,
	`decommissioned_at` integer,
	`decommissioned_by` text
);

CREATE UNIQUE INDEX `scim_managed_connection_creation_request_id_unique` ON `scim_managed_connection` (`creation_request_id`);
CREATE UNIQUE INDEX `scim_managed_connection_connection_id_unique` ON `scim_managed_connection` (`connection_id`);
CREATE INDEX `scimManagedConnection_provisioningDomainId_idx` ON `scim_managed_connection` (`provisioning_domain_id`);
CREATE TABLE `scim_managed_connection_event` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_record_id` text NOT NULL,
	`event_key` text NOT NULL,
	`sequence` integer NOT NULL,
	`type` text NOT NULL,
	`actor_id` text NOT NULL,
	`credential_id` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`connection_record_id`) REFERENCES `scim_managed_connection`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_managed_connection_event_event_key_unique` ON `scim_managed_connection_event` (`event_key`);
CREATE INDEX `scimManagedConnectionEvent_connectionRecordId_idx` ON `scim_managed_connection_event` (`connection_record_id`);
CREATE TABLE `scim_managed_credential` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_record_id` text NOT NULL,
	`credential_id` text NOT NULL,
	`token_digest` text NOT NULL,
	`hash_version` text NOT NULL,
	`active_slot_key` text NOT NULL,
	`status` text NOT NULL,
	`serialized_scopes` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`created_by` text NOT NULL,
	`last_used_at` integer,
	`revoked_at` integer,
	`revoked_by` text,
	`decommissioned_at` integer,
	FOREIGN KEY (`connection_record_id`) REFERENCES `scim_managed_connection`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_managed_credential_credential_id_unique` ON `scim_managed_credential` (`credential_id`);
CREATE UNIQUE INDEX `scim_managed_credential_active_slot_key_unique` ON `scim_managed_credential` (`active_slot_key`);
CREATE INDEX `scimManagedCredential_connectionRecordId_idx` ON `scim_managed_credential` (`connection_record_id`);
CREATE TABLE `scim_projection_grant` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`scim_user_id` text NOT NULL,
	`user_id` text NOT NULL,
	`source_kind` text NOT NULL,
	`source_id` text NOT NULL,
	`source_value` text,
	`role` text NOT NULL,
	`grant_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`scim_user_id`) REFERENCES `scim_user`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_projection_grant_grant_key_unique` ON `scim_projection_grant` (`grant_key`);
CREATE INDEX `scimProjectionGrant_connectionId_idx` ON `scim_projection_grant` (`connection_id`);
CREATE INDEX `scimProjectionGrant_provisioningDomainId_idx` ON `scim_projection_grant` (`provisioning_domain_id`);
CREATE INDEX `scimProjectionGrant_scimUserId_idx` ON `scim_projection_grant` (`scim_user_id`);
CREATE INDEX `scimProjectionGrant_userId_idx` ON `scim_projection_grant` (`user_id`);
CREATE TABLE `scim_subject` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`profile_source_id` text,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_subject_user_id_unique` ON `scim_subject` (`user_id`);
CREATE INDEX `scimSubject_profileSourceId_idx` ON `scim_subject` (`profile_source_id`);
CREATE TABLE `scim_user` (
	`id` text PRIMARY KEY NOT NULL,
	`connection_id` text NOT NULL,
	`provisioning_domain_id` text NOT NULL,
	`user_id` text NOT NULL,
	`connection_user_key` text NOT NULL,
	`user_name` text NOT NULL,
	`user_name_key` text NOT NULL,
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
	`external_id_key` text,
	`active` integer NOT NULL,
	`order_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `scim_user_connection_user_key_unique` ON `scim_user` (`connection_user_key`);
CREATE UNIQUE INDEX `scim_user_user_name_key_unique` ON `scim_user` (`user_name_key`);
CREATE UNIQUE INDEX `scim_user_external_id_key_unique` ON `scim_user` (`external_id_key`);
CREATE UNIQUE INDEX `scim_user_order_key_unique` ON `scim_user` (`order_key`);
CREATE INDEX `scimUser_connectionId_idx` ON `scim_user` (`connection_id`);
CREATE INDEX `scimUser_provisioningDomainId_idx` ON `scim_user` (`provisioning_domain_id`);
CREATE INDEX `scimUser_userId_idx` ON `scim_user` (`user_id`);
CREATE TABLE `session` (
	`id` text PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL,
	`token` text NOT NULL,
	`created_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`updated_at` integer NOT NULL,
	`ip_address` text,
	`user_agent` text,
	`user_id` text NOT NULL,
	`active_organization_id` text,
	`active_team_id` text,
	`impersonated_by` text,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `session_token_unique` ON `session` (`token`);
CREATE INDEX `session_userId_idx` ON `session` (`user_id`);
CREATE TABLE `sso_provider` (
	`id` text PRIMARY KEY NOT NULL,
	`issuer` text NOT NULL,
	`oidc_config` text,
	`saml_config` text,
	`user_id` text NOT NULL,
	`provider_id` text NOT NULL,
	`organization_id` text,
	`domain` text NOT NULL,
	`domain_verified` integer,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `sso_provider_provider_id_unique` ON `sso_provider` (`provider_id`);
CREATE TABLE `subscription` (
	`id` text PRIMARY KEY NOT NULL,
	`plan` text NOT NULL,
	`reference_id` text NOT NULL,
	`stripe_customer_id` text,
	`stripe_subscription_id` text,
	`status` text DEFAULT 'incomplete' NOT NULL,
	`period_start` integer,
	`period_end` integer,
	`trial_start` integer,
	`trial_end` integer,
	`cancel_at_period_end` integer DEFAULT false,
	`cancel_at` integer,
	`canceled_at` integer,
	`ended_at` integer,
	`seats` integer,
	`billing_interval` text,
	`stripe_schedule_id` text
);

CREATE TABLE `team` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`member_count` integer DEFAULT 0 NOT NULL,
	`organization_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer,
	FOREIGN KEY (`organization_id`) REFERENCES `organization`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `team_organizationId_idx` ON `team` (`organization_id`);
CREATE TABLE `team_member` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	`membership_key` text,
	`created_at` integer,
	FOREIGN KEY (`team_id`) REFERENCES `team`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE UNIQUE INDEX `team_member_membership_key_unique` ON `team_member` (`membership_key`);
CREATE INDEX `teamMember_teamId_idx` ON `team_member` (`team_id`);
CREATE INDEX `teamMember_userId_idx` ON `team_member` (`user_id`);
CREATE TABLE `two_factor` (
	`id` text PRIMARY KEY NOT NULL,
	`secret` text NOT NULL,
	`backup_codes` text NOT NULL,
	`user_id` text NOT NULL,
	`verified` integer DEFAULT true,
	`failed_verification_count` integer DEFAULT 0,
	`locked_until` integer,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `twoFactor_secret_idx` ON `two_factor` (`secret`);
CREATE INDEX `twoFactor_userId_idx` ON `two_factor` (`user_id`);
CREATE TABLE `user` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`email` text NOT NULL,
	`email_verified` integer DEFAULT false NOT NULL,
	`image` text,
	`created_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`updated_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`two_factor_enabled` integer DEFAULT false,
	`role` text,
	`banned` integer DEFAULT false,
	`ban_reason` text,
	`ban_expires` integer,
	`phone_number` text,
	`phone_number_verified` integer,
	`username` text,
	`display_username` text,
	`is_anonymous` integer DEFAULT false,
	`stripe_customer_id` text,
	`last_login_method` text
);

CREATE UNIQUE INDEX `user_email_unique` ON `user` (`email`);
CREATE UNIQUE INDEX `user_phone_number_unique` ON `user` (`phone_number`);
CREATE UNIQUE INDEX `user_username_unique` ON `user` (`username`);
CREATE TABLE `verification` (
	`id` text PRIMARY KEY NOT NULL,
	`identifier` text NOT NULL,
	`value` text NOT NULL,
	`expires_at` integer NOT NULL,
	`created_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL,
	`updated_at` integer DEFAULT (cast(unixepoch('subsecond') * 1000 as integer)) NOT NULL
);

CREATE INDEX `verification_identifier_idx` ON `verification` (`identifier`);
CREATE TABLE `wallet_address` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`address` text NOT NULL,
	`chain_id` integer NOT NULL,
	`is_primary` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `user`(`id`) ON UPDATE no action ON DELETE cascade
);

CREATE INDEX `walletAddress_userId_idx` ON `wallet_address` (`user_id`);