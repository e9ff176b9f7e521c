using MediaNommer.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>The Python client, installed by pip from its folder, against a real feederd.</summary>
public sealed class PythonClientTests : IAsyncLifetime
{
    private const string ApiKey = "a-long-secret-word";

    private readonly TestSite site = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await site.DisposeAsync();

    [Fact]
    public async Task Submits_waits_lists_and_cancels()
    {
        var python = Install();
        await site.StartFeederdAsync();
        await site.StartWorkerAsync();
        File.Copy(Clips.OfSeconds(1), site.PathOf("in.mp4"));

        var output = Run(python, $"""
            import media_nommer_api
            from media_nommer_api.presets.video_basic import web_medium

            api = media_nommer_api.connect('{site.Address}')
            response = api.job_submit('{site.PathOf("in.mp4")}', '{site.PathOf("out.mp4")}', web_medium())
            assert response.is_success(), response
            seen = []
            done = api.job_wait(response.data['job_id'], timeout=120, interval=0.1, on_progress=seen.append)
            assert done.data['job_state'] == 'FINISHED', done
            assert done.data['progress'] == 1 and seen
            print(done.data['job_id'])

            waiting = api.job_submit('{Clips.OfSeconds(10)}', '{site.PathOf("slow.mp4")}', dict(nommer='ffmpeg', options=[
                dict(infile_options=[('re', None)], outfile_options=[('c', 'copy')])]), priority='low', labels=['python'])
            job_id = waiting.data['job_id']
            try:
                api.job_wait(job_id, timeout=0.2, interval=0.1)
                raise SystemExit('it did not time out')
            except media_nommer_api.JobWaitTimeout:
                pass
            listed = api.job_list(limit=10).data['jobs']
            assert job_id in [job['id'] for job in listed], listed
            assert api.job_cancel(job_id).is_success()
            assert api.job_wait(job_id, timeout=60, interval=0.1).data['job_state'] == 'CANCELLED'
            """);

        (await site.Client.GetJobAsync(output.Trim())).DestPath.ShouldBe(site.PathOf("out.mp4"));
        Clips.Probe(site.PathOf("out.mp4")).Streams.ShouldBe(["audio:aac", "video:h264"]);
    }

    [Fact]
    public async Task Says_what_is_wrong_and_sends_the_key()
    {
        var python = Install();
        site.Settings["NOMMER__FEEDERD__APIKEYS__0"] = ApiKey;
        site.Settings["NOMMER_API_KEY"] = ApiKey;
        await site.StartFeederdAsync();

        Run(python, $$"""
            import urllib.error
            import media_nommer_api
            from media_nommer_api import presets

            api = media_nommer_api.connect('{{site.Address}}', api_key='{{ApiKey}}')
            refused = api.job_submit('/in.mp4', '/out.mp4', {'preset': 'no_such_preset'})
            assert not refused.is_success() and 'no_such_preset' in refused.data['message'], refused
            assert not api.job_status('0' * 32).is_success()
            for name in presets.__all__:
                made = api.job_submit('/in.mp4', '/%s.mp4' % name, getattr(presets, name)())
                assert made.is_success(), made
            for wrong in ('', None):
                try:
                    api.job_submit(wrong, '/out.mp4', {'preset': 'web_720p'})
                    raise SystemExit('taken')
                except media_nommer_api.InvalidInputError:
                    pass
            try:
                media_nommer_api.connect('{{site.Address}}').job_list()
                raise SystemExit('let in without a key')
            except urllib.error.HTTPError as error:
                assert error.code == 401
            """);
    }

    /// <summary>A Python of its own with the client in it; nothing is downloaded.</summary>
    private string Install()
    {
        var home = site.PathOf("python");
        Clips.Run("python3", "-m", "venv", home);
        Clips.Run(
            Path.Combine(home, "bin", "pip"), "--quiet", "--disable-pip-version-check", "install", "--no-index",
            Path.Combine(NommerProcess.RepositoryRoot, "clients", "python"));
        return Path.Combine(home, "bin", "python");
    }

    private string Run(string python, string script)
    {
        var file = site.PathOf("script.py");
        File.WriteAllText(file, script);
        return Clips.Run(python, file);
    }
}
