// Machines whose processors are emulated take their time.
jest.setTimeout(1_800_000);
