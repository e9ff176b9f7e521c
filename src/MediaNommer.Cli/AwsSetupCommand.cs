using System.CommandLine;
using MediaNommer.Backends.Aws;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary><c>nommer aws setup</c>: makes what is missing in the account and prints the permissions that are needed.</summary>
internal static class AwsSetupCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var buckets = AwsSteps.MediaBuckets();
        var folder = new Option<string?>("--policies")
        {
            Description = "Write the policies to feederd.json, worker.json and trust.json in this folder, which is made if it is missing, instead of printing them.",
            HelpName = "folder",
        };
        var command = new NommerCommand(
            "setup",
            "Makes what is missing in the AWS account (queues, table or domains, configuration bucket, security group) and "
            + "prints the smallest IAM policies for feederd and workers. What is there stays as it is.",
            "nommer aws setup", "nommer aws setup example-com-movies --policies .");
        command.Arguments.Add(buckets);
        command.Options.Add(folder);
        settings.AddConfigTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            settings.Read(parsed), parsed.GetValue(buckets)!, parsed.GetValue(folder), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        NommerOptions settings, string[] buckets, string? folder, CancellationToken cancellation)
    {
        // Before anything is made in the account: a folder that cannot be is no reason to stop halfway.
        if (folder is not null)
            MakeFolder(folder);
        using var account = new AwsAccount(settings);
        if (!await AwsSteps.ShowAsync(account.SetUpAsync(cancellation), json: false, cancellation))
            return ExitCodes.Failed;
        var policies = await account.PoliciesAsync(buckets, cancellation);
        foreach (var (name, purpose, policy) in new[]
        {
            ("feederd.json", "The policy of feederd's user or role", policies.Feederd),
            ("worker.json", "The policy of the workers' role", policies.Worker),
            ("trust.json", "Who may have the workers' role", policies.Trust),
        })
        {
            if (folder is null)
                Console.WriteLine($"\n{purpose}:\n\n{policy}");
            else
                await WriteAsync(Path.Combine(folder, name), policy, cancellation);
        }

        if (settings.Aws.Ec2.InstanceProfile is { Length: > 0 } profile)
        {
            Console.WriteLine($"\nfeederd's policy lets it give machines the role {profile}. Where the role in the instance profile "
                + "has another name, write that name under GiveMachinesTheirRole.");
        }

        if (buckets.Length == 0)
            Console.WriteLine("\nWith the buckets of your media as arguments, the worker's policy lets it read and write them.");
        return ExitCodes.Done;
    }

    private static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"--policies {folder} is no folder and none can be made there: {e.Message}");
        }
    }

    private static async Task WriteAsync(string path, string policy, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(path, policy + "\n", cancellation);
        Console.WriteLine($"{path}");
    }
}
