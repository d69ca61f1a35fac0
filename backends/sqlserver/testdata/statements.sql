-- Migrate
SET XACT_ABORT ON;
BEGIN TRANSACTION;
DECLARE @got int;
EXEC @got = sp_getapplock @Resource = N'tenure migrate', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 60000;
IF @got < 0 THROW 51001, N'another migration does not end', 1;
IF SCHEMA_ID(PARSENAME(N'[tenure]', 1)) IS NULL EXEC(N'CREATE SCHEMA [tenure]');
IF OBJECT_ID(N'[tenure].version', N'U') IS NULL
CREATE TABLE [tenure].version (version int NOT NULL);
IF OBJECT_ID(N'[tenure].sessions', N'U') IS NULL
CREATE TABLE [tenure].sessions (
	namespace   varchar(256) COLLATE Latin1_General_BIN2 NOT NULL,
	id          varchar(128) COLLATE Latin1_General_BIN2 NOT NULL,
	description varbinary(max) NOT NULL,
	ttl         bigint NOT NULL, -- in 20 ms
	expires     bigint NOT NULL, -- in 20 ms since 1970
	PRIMARY KEY CLUSTERED (namespace, id)
);
IF OBJECT_ID(N'[tenure].records', N'U') IS NULL
CREATE TABLE [tenure].records (
	namespace varchar(256) COLLATE Latin1_General_BIN2 NOT NULL,
	name      varchar(512) COLLATE Latin1_General_BIN2 NOT NULL,
	value     varbinary(max) NOT NULL,
	revision  varchar(64) COLLATE Latin1_General_BIN2 NOT NULL,
	PRIMARY KEY CLUSTERED (namespace, name)
);
EXEC(N'INSERT INTO [tenure].version (version) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM [tenure].version)');
COMMIT TRANSACTION;

-- before each statement
SET NOCOUNT ON; SET XACT_ABORT ON; SET IMPLICIT_TRANSACTIONS OFF; SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
	IF CONVERT(nvarchar(16), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) <> N'READ_WRITE' THROW 51000, N'the database is read-only', 1;

-- Open
INSERT INTO [tenure].sessions (namespace, id, description, ttl, expires) OUTPUT inserted.expires - inserted.ttl
		VALUES (CAST(@p1 AS varchar(256)), CAST(@p2 AS varchar(128)), @p3, @p4, (DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) / 20) + @p4);

-- Renew
UPDATE [tenure].sessions SET expires = (DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) / 20) + ttl OUTPUT inserted.expires - inserted.ttl
		WHERE namespace = CAST(@p1 AS varchar(256)) AND id = CAST(@p2 AS varchar(128));

-- Close
DELETE FROM [tenure].sessions WHERE namespace = CAST(@p1 AS varchar(256)) AND id = CAST(@p2 AS varchar(128));

-- Sessions
SELECT id, description, ttl, expires - (DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) / 20) FROM [tenure].sessions
		WHERE namespace = CAST(@p1 AS varchar(256));

-- Kill
DELETE FROM [tenure].sessions WHERE namespace = CAST(@p1 AS varchar(256))
		AND id IN (SELECT CAST(j.value AS varchar(768)) COLLATE Latin1_General_BIN2 FROM OPENJSON(@p2) AS j) AND expires <= (DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) / 20);

-- Read
SELECT name, value, revision FROM [tenure].records WHERE namespace = CAST(@p1 AS varchar(256))
		AND name IN (SELECT CAST(j.value AS varchar(768)) COLLATE Latin1_General_BIN2 FROM OPENJSON(@p2) AS j);

-- List
SELECT name, value, revision FROM [tenure].records WHERE namespace = CAST(@p1 AS varchar(256))
		AND name > CAST(@p2 AS varchar(768)) AND name < CAST(@p3 AS varchar(768));

-- Look
SELECT name, revision FROM [tenure].records WHERE namespace = CAST(@p1 AS varchar(256))
		AND name IN (SELECT CAST(j.value AS varchar(768)) COLLATE Latin1_General_BIN2 FROM OPENJSON(@p2) AS j);

-- Create
INSERT INTO [tenure].records (namespace, name, value, revision) OUTPUT inserted.name
		SELECT CAST(@p1 AS varchar(256)), i.k, CONVERT(varbinary(max), i.v, 2), i.revision FROM OPENJSON(@p2) WITH (k varchar(768) '$.key', v varchar(max) '$.value', expect varchar(64) '$.expect',
		revision varchar(64) '$.revision', if_dead varchar(max) '$.if_dead') AS i WHERE NOT EXISTS (SELECT 1 FROM [tenure].sessions AS s WHERE s.namespace = CAST(@p1 AS varchar(256)) AND s.id = i.if_dead COLLATE Latin1_General_BIN2)
		AND NOT EXISTS (SELECT 1 FROM [tenure].records AS r WHERE r.namespace = CAST(@p1 AS varchar(256)) AND r.name = i.k COLLATE Latin1_General_BIN2)
		ORDER BY i.k COLLATE Latin1_General_BIN2;

-- Replace
UPDATE r SET value = CONVERT(varbinary(max), i.v, 2), revision = i.revision OUTPUT inserted.name FROM [tenure].records AS r JOIN OPENJSON(@p2) WITH (k varchar(768) '$.key', v varchar(max) '$.value', expect varchar(64) '$.expect',
		revision varchar(64) '$.revision', if_dead varchar(max) '$.if_dead') AS i ON r.name = i.k COLLATE Latin1_General_BIN2
		WHERE r.namespace = CAST(@p1 AS varchar(256)) AND r.revision = i.expect COLLATE Latin1_General_BIN2 AND NOT EXISTS (SELECT 1 FROM [tenure].sessions AS s WHERE s.namespace = CAST(@p1 AS varchar(256)) AND s.id = i.if_dead COLLATE Latin1_General_BIN2);

-- Delete
DELETE r OUTPUT deleted.name FROM [tenure].records AS r JOIN OPENJSON(@p2) WITH (k varchar(768) '$.key', v varchar(max) '$.value', expect varchar(64) '$.expect',
		revision varchar(64) '$.revision', if_dead varchar(max) '$.if_dead') AS i ON r.name = i.k COLLATE Latin1_General_BIN2
		WHERE r.namespace = CAST(@p1 AS varchar(256)) AND r.revision = i.expect COLLATE Latin1_General_BIN2 AND NOT EXISTS (SELECT 1 FROM [tenure].sessions AS s WHERE s.namespace = CAST(@p1 AS varchar(256)) AND s.id = i.if_dead COLLATE Latin1_General_BIN2);
