// Package azureblob is Tenure's store on Azure Blob Storage, through azblob. The tests
// run on Azurite; no test has run on the service itself.
//
//	client, err := container.NewClient("https://account.blob.core.windows.net/tenure", credential, nil)
//	store, err := azureblob.New(ctx, client, "app")
//
// # How the contract maps to blobs
//
// A namespace has the blobs <namespace>/sessions/<id> and <namespace>/records/<key>, with
// other characters for '/', '.' and '%' in the key: see names.go. A value of up to 4 KiB
// is metadata, which a listing shows; a longer one is the blob's content.
//
//   - Session (S1–S3): Put Blob under a fresh random ID with If-None-Match: *, then a
//     lease of 15 to 60 s under an ID of its own, a GUID of 128 random bits. Close (D6,
//     S7) is Delete Blob with that lease.
//   - Renew (S4–S6): Lease Blob, action renew. A missing blob, a broken lease and the
//     lease of somebody else are ErrSessionLost, also if the service answers with
//     success and the ID of another lease.
//   - IfDead (D1–D5): Delete Blob without a lease ID, which the service refuses while a
//     lease holds (LeaseIdMissing). A missing blob is a dead session; a missing container
//     proves nothing. The service takes the renewals and the deletion of one blob one
//     after the other, and a name never returns. That a lease has ended is no proof: a
//     lease that has expired can be renewed as long as nobody else took it ("Lease Blob",
//     Remarks).
//   - Expiry (D7, D8): the blob stays until somebody proves the death, whoever needs it.
//     A listing shows the state of each lease, but not the time that is left.
//   - Revision (R4, W3): the ETag without its quotes.
//   - Write (W1–W11): Put Blob or Delete Blob under If-Match or If-None-Match, one request
//     per item, 16 at a time; there is no batch. Each session that the items name is
//     tried once before them. An item is unknown after a lost connection, a 408 and
//     every 5xx.
//   - Read (R1, R2): Get Blob; from ten keys of a directory on, one listing of it, if it
//     has at most 2,000 records. List (R3): List Blobs, up to 5,000 in a page. Reads and
//     listings show every write that was completed before ("Managing concurrency in Blob
//     Storage").
//   - Watch (N1–N8): polling every 5 s or a third of the silence, and every 0.5 s for that
//     long after a change. A few sessions are looked at one by one.
//
// # Retries
//
// Every request is sent once, whatever the client's RetryOptions say. The library would
// repeat a write whose reply was lost, which then answers conflict, and would wait for as
// long as a Retry-After says, a renewal for longer than its session lives. Package
// membership renews again after a third of a third of the TTL, so a service that is busy
// for a moment ends no session.
//
// # Limits
//
// TTLs are whole seconds from 15 s to 60 s. A value has at most 1 MiB, a description
// 4 KiB, a namespace 256 bytes after escaping. The library's own transport keeps 10
// connections; give one with MaxIdleConnsPerHost of 32 to a process that writes much.
//
// # Time
//
// The service counts the leases, ValidFor counts from the beginning of the call. No
// document tells which clock counts them, and a step of it is not known of. The stamp of
// a renewal is the header Date, in microseconds; it has whole seconds.
//
// # What a failover or a restore can lose
//
// Within a region nothing that was acknowledged is lost (LRS, ZRS). With GRS or GZRS an
// unplanned failover of the account loses what was written after its Last Sync Time
// ("Check the Last Sync Time property"): a claim can be back with its last owner, a
// session that was proven dead can be back. So Capabilities say LosesAckedWrites, and
// tokens follow the stamp: they still grow if the clocks of the two regions differ by less
// than the failover takes, which is minutes at least. After a failover, as after a
// restored container, an undeleted blob or a point-in-time restore, delete what is below
// <namespace>/sessions/ before any process runs. The secondary endpoint of RA-GRS takes no
// writes, and New refuses it for that.
//
// Blob soft delete and versioning keep a copy of every claim that changes, and are paid
// for; an immutability policy forbids to replace a claim (ErrUnsupported). Use an account
// without them, and one with a flat namespace: hierarchical ones have not been tried.
//
// # Cost
//
// At rest, with a TTL of T seconds of at most 45, polling nine times per TTL, TestCost_AtRest
// counts for each member per TTL 3 renewals, about 9 looks at a session and 43 reads, and
// for the member that coordinates a group 58 requests more, mostly listings. That makes, for N members and
// M partitions of one group,
//
//	3600/T · (55·N + 58) operations per hour
//
// or 54,000 for 3 members and T = 15. M does not appear: with 1,000 partitions the test
// counts no more than with 10, because a member checks its claims again in 3 listings per
// TTL. Every 5,000 records are one more page for who lists them. A change costs a write
// and a look per claim that moves. With T = 60 watches look every 5 s, and an hour costs
// about a third. Prices differ by kind of operation: a listing costs about a dozen reads,
// a deletion nothing ("Map each REST operation to a price").
//
// # Least permission
//
// The role "Storage Blob Data Contributor", assigned for the one container, is enough.
// Less is
//
//	{
//	  "Name": "Tenure member",
//	  "Description": "Sessions and claims in a container",
//	  "Actions": [],
//	  "DataActions": [
//	    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
//	    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
//	    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete"
//	  ],
//	  "AssignableScopes": ["/subscriptions/SUBSCRIPTION/resourceGroups/GROUP"]
//	}
//
// A SAS is one of the container, with sp=rwdl. When it runs out, calls answer ErrDenied
// and the session ends; build a new client before. Wrong keys and missing permissions are
// backends.ErrDenied, and New names which of listing, reading, writing and deleting is not
// allowed. An identity that gets no token is backends.ErrUnavailable, because the service
// that gives them may only be slow.
//
// Who may write in the container may break leases and delete sessions. A namespace is no
// border: give each application a container of its own.
//
// # Transport security
//
// Use https. The library sends a token over nothing else, but a shared key signs over
// plain http, where anybody on the way can answer renewals, and a SAS is readable there.
// Errors show neither URLs nor keys.
//
// # What Azurite does differently
//
//   - It renews an expired lease for whoever asks, under any ID, and answers with the ID
//     of the lease. The service refuses (LeaseIdMismatchWithLeaseOperation). So the
//     answered ID is checked, and tested against Azurite itself.
//   - It takes lease IDs that are no GUIDs; a test looks at the form.
//   - It answers a wrong key with AuthorizationFailure, the service with
//     AuthenticationFailed.
//   - Its ETags are random, the service's follow its clock.
//   - It never throttles, and no page is shorter than asked for. The tests answer 503 and
//     others in its place, and ask for small pages.
//   - It forgets leases when it ends, also in order. Then a session can be proven dead
//     that its owner trusts (a test shows it). Tests that need a store which keeps its
//     word freeze it instead, so that a restart is not tested.
//   - It has no failover, soft delete, versions, immutability or hierarchical namespace,
//     and Entra ID only without a check of the token. None of these is tested.
//
// Its speed says nothing about the service.
//
// Sources: the REST documents "Lease Blob" (with its tables of outcomes), "Put Blob",
// "Delete Blob", "Get Blob", "List Blobs", "Listing Blob storage resources", "Specifying
// conditional headers", "Naming and referencing containers, blobs, and metadata", "Blob
// service error codes" and "Create a service SAS"; Azure's pages "Managing concurrency in
// Blob Storage", "Check the Last Sync Time property for a storage account", "Disaster
// recovery and storage account failover"; and the retry policy of azcore.
package azureblob
