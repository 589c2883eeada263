// An `up` builds images when it must.
jest.setTimeout(900_000);
