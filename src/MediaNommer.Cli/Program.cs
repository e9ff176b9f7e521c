using MediaNommer.Cli;

// Before anything else is loaded: scripts ask for it often.
if (args is ["--version"])
{
    Console.WriteLine(ProductVersion.Text);
    return ExitCodes.Done;
}

PrintableWriter.Install();
return await CommandTree.RunAsync(args);
