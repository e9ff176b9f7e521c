using System.Runtime.Versioning;

namespace MediaNommer.EndToEnd.Tests.Media;

/// <summary>Small shell programs that stand in for others.</summary>
[SupportedOSPlatform("linux")]
internal static class Script
{
    /// <summary>Writes one; gives its path.</summary>
    public static string Write(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
