package azureblob_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tenure-go/tenure/backends/azureblob"
	"github.com/tenure-go/tenure/membership"
)

// With Entra ID: no secret in the program. The credential comes from package azidentity:
// azidentity.NewDefaultAzureCredential(nil) finds a managed identity, or a login of the
// Azure command line.
func ExampleNew_entraID() {
	var credential azcore.TokenCredential
	client, err := container.NewClient("https://account.blob.core.windows.net/tenure", credential, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	join(client)
}

// With the account's key, which opens everything in the account.
func ExampleNew_sharedKey() {
	credential, err := container.NewSharedKeyCredential("account", os.Getenv("AZURE_STORAGE_KEY"))
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := container.NewClientWithSharedKeyCredential("https://account.blob.core.windows.net/tenure", credential, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	join(client)
}

// With a SAS of the container, with the permissions rwdl. It is a part of the URL.
func ExampleNew_sas() {
	client, err := container.NewClientWithNoCredential("https://account.blob.core.windows.net/tenure?"+os.Getenv("AZURE_STORAGE_SAS"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	join(client)
}

// With a connection string, as for Azurite.
func ExampleNew_connectionString() {
	client, err := container.NewClientFromConnectionString(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), "tenure", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	join(client)
}

// join is the same with every client.
func join(client *container.Client) {
	ctx := context.Background()
	store, err := azureblob.New(ctx, client, "app")
	if err != nil {
		fmt.Println(err)
		return
	}
	node, err := membership.Join(ctx, store, membership.Config{Name: "worker-1", TTL: 30 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = node.Leave(ctx) }()
}
