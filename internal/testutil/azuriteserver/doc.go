// Package azuriteserver runs Azurite, the emulator of Azure Storage, for tests and
// examples. There is no Azure Blob service that runs on one's own machine.
//
// [Start] starts one emulator on a free port of 127.0.0.1 with its data in a temporary
// directory. A [Server] can be killed, stopped, paused and started again on its data and
// its port; the data of the last seconds survives Stop only, and leases survive neither.
// Tests start one with package azuritetest, which skips or fails when Azurite is absent.
package azuriteserver
