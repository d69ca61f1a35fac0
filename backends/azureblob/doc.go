// sp=rwdl
package azureblob
