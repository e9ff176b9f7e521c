using MediaNommer.Backends.Tests.Sqlite;

// Started by the tests themselves; `dotnet test` never comes this way.
return await WriterProcess.RunAsync(args);
