using System.Collections.Immutable;

namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

using Items = ImmutableSortedDictionary<string, ImmutableSortedSet<(string Name, string Value)>>;

/// <summary>
/// The domains. Every state a domain was in for a while is kept, so that reads that do not ask for consistency see how
/// it stood some moments ago, as with copies that the last writes have not reached.
/// </summary>
internal sealed class SdbData(TimeProvider clock, TimeSpan lag)
{
    private const int MaxPairs = 256;

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, List<(DateTimeOffset At, Items Items)>> domains = new(StringComparer.Ordinal);

    private static Items Empty { get; } =
        Items.Empty.WithComparers(StringComparer.Ordinal);

    public IReadOnlyList<string> Domains
    {
        get
        {
            lock (gate)
                return [.. domains.Keys];
        }
    }

    public void Create(string domain)
    {
        lock (gate)
            domains.TryAdd(domain, [(DateTimeOffset.MinValue, Empty)]);
    }

    public void Delete(string domain)
    {
        lock (gate)
            domains.Remove(domain);
    }

    public Items Read(string domain, bool isConsistent)
    {
        lock (gate)
        {
            var states = Find(domain);
            var seenUntil = clock.GetUtcNow() - lag;
            return isConsistent ? states[^1].Items : states.FindLast(state => state.At <= seenUntil).Items;
        }
    }

    public void Put(
        string domain, IReadOnlyList<(string Item, List<SdbGivenAttribute> Attributes)> changes, SdbExpectation? expectation)
    {
        Change(domain, items =>
        {
            foreach (var (name, attributes) in changes)
            {
                Check(items, name, expectation);
                var pairs = items.GetValueOrDefault(name, []);
                foreach (var replaced in attributes.Where(one => one.Replace).Select(one => one.Name).Distinct())
                    pairs = pairs.Except(pairs.Where(pair => pair.Name == replaced));
                pairs = pairs.Union(attributes.Select(one => (one.Name, one.Value ?? throw SdbFault.Missing("Attribute.Value"))));
                if (pairs.Count > MaxPairs)
                    throw new SdbFault("NumberItemAttributesExceeded", 409, "Too many attributes in this item.");
                items = items.SetItem(name, pairs);
            }

            return items;
        });
    }

    public void Remove(
        string domain, IReadOnlyList<(string Item, List<SdbGivenAttribute> Attributes)> changes, SdbExpectation? expectation)
    {
        Change(domain, items =>
        {
            foreach (var (name, attributes) in changes)
            {
                Check(items, name, expectation);
                if (!items.TryGetValue(name, out var pairs))
                    continue;
                var left = attributes.Count == 0 ? [] : pairs.Where(pair =>
                    !attributes.Any(one => one.Name == pair.Name && (one.Value is null || one.Value == pair.Value))).ToImmutableSortedSet();
                items = left.Count == 0 ? items.Remove(name) : items.SetItem(name, left);
            }

            return items;
        });
    }

    private static void Check(Items items, string name, SdbExpectation? expectation)
    {
        if (expectation is null)
            return;
        var values = items.GetValueOrDefault(name, []).Where(pair => pair.Name == expectation.Name).Select(pair => pair.Value).ToList();
        if (expectation.Value is null && values.Count > 0)
            throw new SdbFault("ConditionalCheckFailed", 409, $"Conditional check failed. Attribute ({expectation.Name}) value exists.");
        if (expectation.Value is null)
            return;
        if (values.Count == 0)
            throw new SdbFault("AttributeDoesNotExist", 404, $"Attribute ({expectation.Name}) does not exist.");
        if (values.Count > 1)
            throw new SdbFault("MultiValuedAttribute", 409, $"Attribute ({expectation.Name}) is multi-valued.");
        if (values[0] != expectation.Value)
            throw new SdbFault(
                "ConditionalCheckFailed", 409,
                $"Conditional check failed. Attribute ({expectation.Name}) value is ({values[0]}) but was expected ({expectation.Value}).");
    }

    private void Change(string domain, Func<Items, Items> change)
    {
        lock (gate)
        {
            var states = Find(domain);
            var now = clock.GetUtcNow();
            states.Add((now, change(states[^1].Items)));
            // Of what is older than the lag only the youngest can still be seen.
            var firstSeen = states.FindLastIndex(state => state.At <= now - lag);
            states.RemoveRange(0, firstSeen);
        }
    }

    private List<(DateTimeOffset At, Items Items)> Find(string domain) =>
        domains.GetValueOrDefault(domain) ?? throw SdbFault.NoSuchDomain();
}
