using System.CommandLine;
using MediaNommer.Client.Wire;

namespace MediaNommer.Cli;

/// <summary><c>nommer submit</c>: hands a job to a running feederd.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var job = new JobArguments();
        var priority = new Option<string?>("--priority") { Description = "high, normal (the default) or low." };
        var labels = new Option<string[]>("--label")
        {
            Description = "A free word to find the job by, for example team=news; may be given several times.",
            HelpName = "label",
        };
        var notifyUrl = new Option<string?>("--notify-url") { Description = "An http(s) URL that is told when the job has ended.", HelpName = "url" };
        var notifyMethod = new Option<string?>("--notify-method") { Description = "GET: once, when it has ended (the default); POST: on every change of state." };
        var maxAttempts = new Option<int?>("--max-attempts") { Description = "How many failed or vanished runs end the job." };
        var idempotencyKey = new Option<string?>("--idempotency-key") { Description = "The same key within 24 hours gives the same job.", HelpName = "key" };
        var wait = new Option<bool>("--wait") { Description = "Show its progress until it has ended; exit code 1 unless it is FINISHED." };
        var command = new NommerCommand(
            "submit", "Hands a job to feederd and prints its id.",
            "nommer submit in.mov out.mp4 --preset web_720p",
            "nommer submit https://example.com/in.mov /srv/out.webm --preset webm_vp9_720p --priority high --label team=news",
            "nommer submit in.mov out.mp4 --options passes.json --wait");
        job.AddTo(command);
        foreach (var option in new Option[] { priority, labels, notifyUrl, notifyMethod, maxAttempts, idempotencyKey, wait })
            command.Options.Add(option);
        client.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var request = job.Read(parsed) with
            {
                Priority = parsed.GetValue(priority),
                Labels = parsed.GetValue(labels),
                NotifyUrl = parsed.GetValue(notifyUrl),
                NotifyMethod = parsed.GetValue(notifyMethod),
                MaxAttempts = parsed.GetValue(maxAttempts),
            };
            var key = parsed.GetValue(idempotencyKey);
            return SubmitAsync(client, parsed, request, key, parsed.GetValue(wait), cancellation);
        });
        return command;
    }

    private static async Task<int> SubmitAsync(
        ClientArguments arguments, ParseResult parsed, JobRequest request, string? key, bool wait,
        CancellationToken cancellation)
    {
        using var client = arguments.Connect(parsed);
        var json = arguments.WantsJson(parsed);
        var accepted = await client.SubmitAsync(request, key, cancellation);
        if (JobArguments.DoubtAbout(request) is { } doubt)
            Console.Error.WriteLine($"nommer: note: {doubt}");
        if (!json)
            Console.WriteLine(accepted.Id);
        else if (!wait)
            Shared.WriteJson(accepted, WireJson.Default.JobAcceptedResponse);
        if (!wait)
            return ExitCodes.Done;
        var display = json ? DisplayKind.Json : DisplayKind.Beside;
        try
        {
            return JobWatch.Report(await JobWatch.UntilEndedAsync(client, [accepted.Id], display, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new CliException(
                ExitCodes.Interrupted,
                $"no longer waiting; the job goes on. Follow it with 'nommer watch {accepted.Id}', end it with "
                + $"'nommer cancel {accepted.Id}'.");
        }
    }
}
