using System.CommandLine;
using System.CommandLine.Help;
using MediaNommer.Cli;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Cli;

public sealed class AwsArgumentTests
{
    [Theory]
    [InlineData("example-com-movies", "example-com-movies")]
    [InlineData("movies.example.com", "movies.example.com")]
    [InlineData("s3://example-com-movies", "example-com-movies")]
    [InlineData("S3://example-com-movies/", "example-com-movies")]
    public void Buckets_of_media_are_taken_by_name_or_address(string given, string name)
    {
        var argument = AwsSteps.MediaBuckets();
        var parsed = Of(argument).Parse([given, "second"]);

        parsed.Errors.ShouldBeEmpty();
        parsed.GetValue(argument).ShouldBe([name, "second"]);
        Of(argument).Parse([]).GetValue(argument).ShouldBe([]);
    }

    [Theory]
    [InlineData("My_Movies")]
    [InlineData("my_movies")]
    [InlineData("ab")]
    [InlineData("-movies")]
    [InlineData("movies.")]
    [InlineData("mo..vies")]
    [InlineData("s3://movies/folder")]
    [InlineData("arn:aws:s3:::movies")]
    [InlineData("movies\n")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public void What_cannot_be_the_name_of_a_bucket_is_refused(string given)
    {
        var errors = Of(AwsSteps.MediaBuckets()).Parse(["movies", given]).Errors;

        errors.ShouldHaveSingleItem().Message.ShouldStartWith($"'{given}' cannot be the name of a bucket");
    }

    [Fact]
    public void Keys_before_a_bucket_are_not_repeated() =>
        Of(AwsSteps.MediaBuckets()).Parse(["s3://AKID:geheim/x@movies"]).Errors.ShouldHaveSingleItem().Message.ShouldStartWith("'…@movies' ");

    [Theory]
    [InlineData("setup")]
    [InlineData("doctor")]
    public async Task Wrong_buckets_are_wrong_usage(string command) =>
        (await CommandTree.RunAsync(["aws", command, "My_Movies"])).ShouldBe(ExitCodes.WrongUsage);

    [Fact]
    public async Task A_folder_for_policies_that_cannot_be_made_is_wrong_usage() =>
        (await CommandTree.RunAsync(["aws", "setup", "--policies", "/dev/null/x"])).ShouldBe(ExitCodes.WrongUsage);

    [Fact]
    public void The_list_of_commands_keeps_names_and_descriptions_apart()
    {
        var root = new RootCommand { AwsCommand.Create() };
        root.Options.OfType<HelpOption>().Single().Action = new HelpWithExamples();
        using var output = new StringWriter();

        root.Parse(["aws", "--help"]).Invoke(new InvocationConfiguration { Output = output });

        var lines = output.ToString().Split('\n');
        var doctor = lines.Single(line => line.StartsWith("  doctor ", StringComparison.Ordinal));
        doctor.ShouldStartWith("  doctor [<bucket>]  Tries");
        lines.Single(line => line.StartsWith("  teardown ", StringComparison.Ordinal)).IndexOf("Deletes", StringComparison.Ordinal)
            .ShouldBe(doctor.IndexOf("Tries", StringComparison.Ordinal));
    }

    private static RootCommand Of(Argument argument) => new() { argument };
}
