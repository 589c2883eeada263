// A cold start on a busy machine is slow; a test that hangs still ends.
jest.setTimeout(30_000);
