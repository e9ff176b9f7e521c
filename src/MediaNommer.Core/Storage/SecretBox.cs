using System.Security.Cryptography;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>Encrypts secrets before they reach a store (AES-256-GCM with a random nonce).</summary>
public sealed class SecretBox
{
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private readonly Lazy<byte[]> key;

    /// <summary>Makes one from a key of 32 bytes.</summary>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public SecretBox(byte[] key)
    {
        if (key.Length != KeySize)
            throw new ArgumentException($"The key must have {KeySize} bytes, not {key.Length}.", nameof(key));
        this.key = new Lazy<byte[]>(key);
    }

    /// <summary>Makes one whose key is fetched when it is needed for the first time, and again after a failure.</summary>
    /// <param name="fetch">Gives the key of 32 bytes; what it throws comes out of <see cref="Seal"/> and <see cref="Open"/>.</param>
    public SecretBox(Func<byte[]> fetch) => key = new Lazy<byte[]>(fetch, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Uses the key in the file, and makes one first, readable by its owner alone, when there is none.</summary>
    /// <exception cref="InvalidOperationException">The file holds something else than a key.</exception>
    public static SecretBox FromKeyFile(string path)
    {
        if (!File.Exists(path))
            CreateKeyFile(path);
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length != KeySize)
            throw new InvalidOperationException(
                $"The key file {path} has {bytes.Length} bytes and should have {KeySize}. Restore it from a backup; "
                + "without it, addresses with passwords that were submitted earlier cannot be read.");
        return new SecretBox(bytes);
    }

    /// <summary>A box with a key that exists only in memory.</summary>
    public static SecretBox Ephemeral() => new(NewKey());

    /// <summary>A key that nobody has.</summary>
    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeySize);

    /// <summary>Encrypts a text.</summary>
    public string Seal(string text)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var result = new byte[NonceSize + TagSize + plain.Length];
        var nonce = result.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.Value, TagSize);
        aes.Encrypt(nonce, plain, result.AsSpan(NonceSize + TagSize), result.AsSpan(NonceSize, TagSize));
        return Convert.ToBase64String(result);
    }

    /// <summary>Decrypts what <see cref="Seal"/> made.</summary>
    /// <exception cref="InvalidOperationException">It was made with another key, or changed since.</exception>
    public string Open(string sealedText)
    {
        try
        {
            var bytes = Convert.FromBase64String(sealedText);
            var plain = new byte[bytes.Length - NonceSize - TagSize];
            using var aes = new AesGcm(key.Value, TagSize);
            aes.Decrypt(
                bytes.AsSpan(0, NonceSize), bytes.AsSpan(NonceSize + TagSize), bytes.AsSpan(NonceSize, TagSize), plain);
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or OverflowException)
        {
            throw new InvalidOperationException(
                "An address with a password in it cannot be decrypted: it was submitted under another secret key. "
                + "feederd and all workers must share one key.", e);
        }
    }

    /// <summary>Vouches for a text: nobody without the key can make, or change, what this gives.</summary>
    public byte[] Sign(string text) => HMACSHA256.HashData(
        HKDF.Expand(HashAlgorithmName.SHA256, key.Value, KeySize, "sign"u8.ToArray()), Encoding.UTF8.GetBytes(text));

    private static void CreateKeyFile(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        PrivateFolder.Make(folder);
        var temporary = $"{path}.{Guid.NewGuid():N}";
        using (var file = PrivateFolder.NewFile(temporary, FileMode.CreateNew))
        {
            file.Write(NewKey());
            // A store whose addresses were sealed with a key that a power cut took is worth nothing.
            file.Flush(flushToDisk: true);
        }

        try
        {
            // Never overwrites: of two processes that start together, one wins and both read its key.
            File.Move(temporary, path, overwrite: false);
            DurableFolder.Sync(folder);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}
