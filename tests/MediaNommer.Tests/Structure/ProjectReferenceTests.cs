using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Structure;

public class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Client"] = [],
        ["Backends"] = ["Core"],
        ["Feederd"] = ["Backends", "Client", "Core"],
        ["Nommerd"] = ["Backends", "Core"],
        ["Cli"] = ["Client", "Feederd", "Nommerd"],
    };

    [Fact]
    public void Projects_refer_only_to_what_the_architecture_allows()
    {
        foreach (var (project, references) in ReadReferences())
        {
            Allowed.ShouldContainKey(project, "A new project needs an ADR and a row here.");
            references.Except(Allowed[project]).ShouldBeEmpty($"{project} must not refer to these.");
        }
    }

    [Fact]
    public void Core_and_client_need_no_packages()
    {
        foreach (var project in (string[])["Core", "Client"])
            Load(project).Descendants("PackageReference").ShouldBeEmpty($"{project} holds no adapters.");
    }

    private static IEnumerable<(string Project, string[] References)> ReadReferences() =>
        Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
            .Select(folder => Path.GetFileName(folder).Replace("MediaNommer.", ""))
            .Select(project => (project, Load(project).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
                .Select(name => name.Replace("MediaNommer.", ""))
                .ToArray()));

    private static XDocument Load(string project) => XDocument.Load(
        Path.Combine(Repository.Root, "src", $"MediaNommer.{project}", $"MediaNommer.{project}.csproj"));
}
