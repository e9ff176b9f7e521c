using System.Net;
using MediaNommer.Core.Settings;
using Microsoft.Win32.SafeHandles;

namespace MediaNommer.Core.Storage;

/// <summary>
/// Whom a job may reach: which files of this machine, which servers, which buckets. Asked when a job is submitted, as far as
/// that can be told there, and by the storages at the moment when they open or connect.
/// </summary>
public sealed class AddressGuard
{
    private readonly AllowedRoots roots;
    private readonly FileGuard? files;

    private AddressGuard(AllowedRoots roots, FileGuard? files, OutgoingGuard outgoing) =>
        (this.roots, this.files, Outgoing) = (roots, files, outgoing);

    /// <summary>Lets jobs reach everything but what nobody may: for storages that are used on their own.</summary>
    public static AddressGuard Open { get; } = new(new AllowedRoots([]), null, OutgoingGuard.Open);

    /// <summary>The one that the settings ask for.</summary>
    public static AddressGuard From(NommerOptions options)
    {
        var roots = new AllowedRoots(options.Storage.AllowedRoots);
        return new AddressGuard(roots, new FileGuard(options, roots), new OutgoingGuard(() => PrivateNetworks.AllowedBy(options)));
    }

    /// <summary>Makes the connections.</summary>
    public OutgoingGuard Outgoing { get; }

    /// <summary>Why a job may not have this address as its source, in a sentence that goes on after it, or null.</summary>
    public string? RefusalOfSource(string address) => RefusalOf(address, path => files?.RefusalToRead(path));

    /// <summary>Why a job may not have this address as its destination, in a sentence that goes on after it, or null.</summary>
    public string? RefusalOfDest(string address) => RefusalOf(address, path => files?.RefusalToWrite(path));

    /// <summary>Why a job may not have this address called, as far as its text tells, or null.</summary>
    public string? RefusalOfHook(string address) =>
        WebAddress.TryParse(address, out var uri) ? Outgoing.RefusalOfText(uri.DnsSafeHost) : null;

    /// <summary>Refuses a source that is a file, by what was opened.</summary>
    /// <exception cref="MediaStorageException">A job may not read it.</exception>
    internal void RequireReadable(SafeFileHandle opened, string path) => Require(files?.RefusalToRead(opened), $"The source {path} may not be read: ");

    /// <summary>Refuses a source that is a file.</summary>
    /// <exception cref="MediaStorageException">A job may not read it.</exception>
    internal void RequireReadable(string path) => Require(files?.RefusalToRead(path), $"The source {path} may not be read: ");

    /// <summary>Refuses a destination that is a file.</summary>
    /// <exception cref="MediaStorageException">A job may not write it.</exception>
    internal void RequireWritable(string path) => Require(files?.RefusalToWrite(path), $"The destination {path} may not be written: ");

    /// <summary>Refuses an address of a server or bucket that is outside of the roots.</summary>
    /// <exception cref="MediaStorageException">It is.</exception>
    internal void RequireInRoots(string address) => Require(roots.RefusalOf(address), $"{MediaUri.Redact(address)} may not be used: ");

    private string? RefusalOf(string address, Func<string, string?> refusalOfPath)
    {
        if (MediaUri.SchemeOf(address) != "file")
            return roots.RefusalOf(address) ?? (MediaUri.SchemeOf(address) == S3Address.Scheme ? null : RefusalOfHook(address));
        try
        {
            return refusalOfPath(FilePath.Parse(address, MediaStorageErrors.NotAllowed));
        }
        catch (UnauthorizedAccessException)
        {
            // Not for the eyes of this process; a worker may be another user's.
            return null;
        }
        catch (IOException e)
        {
            return $"{e.Message}.";
        }
    }

    private static void Require(string? refusal, string subject)
    {
        if (refusal is not null)
            throw new MediaStorageException(MediaStorageErrors.NotAllowed, subject + refusal);
    }
}
