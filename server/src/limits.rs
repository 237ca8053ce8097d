//! What one client may take: requests and additions a second, connections at a time.
//!
//! A client is an IPv4 address, or the /64 of an IPv6 address, since whoever has one address of a /64 has them all.
//! Clients on this machine itself are not limited: behind a reverse proxy that is not configured as one
//! ([`Limits::client_header`]), they would be everybody at once.

use axum::http::{HeaderMap, HeaderName};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets of one limit: 512 KiB. Clients whose addresses hash alike share one.
const BUCKETS: usize = 1 << 16;

/// How long a client that was silent may go at any speed, in seconds' worth of its rate.
const BURST: Duration = Duration::from_secs(10);

/// What the server takes from its clients; 0 stands for no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Additions a second that one client may send.
    pub additions: u32,
    /// Requests a second that one client may send, additions included.
    pub requests: u32,
    /// Connections at one time that one client may have.
    pub client_connections: usize,
    /// Connections at one time; more wait in the operating system's queue. At least 1.
    pub connections: usize,
    /// The header in which a reverse proxy says for whom it asks, such as `x-forwarded-for`: its last address counts.
    /// Anybody can send it, so clients must not reach the server but through that proxy.
    pub client_header: Option<HeaderName>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { additions: 50, requests: 1000, client_connections: 128, connections: 1024, client_header: None }
    }
}

/// Whom a limit holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// This machine: not limited.
    Local,
    /// An address; of IPv6 its first 64 bits.
    Remote(IpAddr),
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::Local,
            IpAddr::V6(address) => Self::Remote(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
            address => Self::Remote(address),
        }
    }
}

/// Whom a proxy names in a way that is not read here: all of them share one client's limits.
const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The address for which a request was sent: the peer's, or what its proxy says, with a port or without.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, header: Option<&HeaderName>) -> IpAddr {
    let Some(told) = header.and_then(|name| headers.get_all(name).iter().next_back()) else { return peer };
    // What the proxy itself saw is what it put last; anything before may be the client's invention.
    let last = told.to_str().ok().and_then(|list| list.rsplit(',').next()).map_or("", str::trim);
    let with_port = || last.parse::<SocketAddr>().ok().map(|address| address.ip());
    last.parse().ok().or_else(with_port).unwrap_or(SOMEBODY)
}

/// A rate a client, as token buckets in a table of fixed size.
pub(crate) struct RateLimit {
    start: Instant,
    /// What one request costs, in nanoseconds.
    cost: u64,
    /// For each bucket when it will be full again, in nanoseconds after `start`.
    full_at: Vec<AtomicU64>,
    hash: RandomState,
}

impl RateLimit {
    /// `rate` requests a second; `None` where it is 0, for no limit.
    pub(crate) fn new(rate: u32) -> Option<Self> {
        let cost = 1_000_000_000_u64.checked_div(rate.into())?.max(1);
        let full_at = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Some(Self { start: Instant::now(), cost, full_at, hash: RandomState::new() })
    }

    /// Takes a token from the client's bucket, or says how long it has to wait for one.
    pub(crate) fn take(&self, client: Client) -> Result<(), Duration> {
        match client {
            Client::Local => Ok(()),
            Client::Remote(address) => self.take_at(address, self.start.elapsed()),
        }
    }

    fn take_at(&self, address: IpAddr, now: Duration) -> Result<(), Duration> {
        let bucket = self.hash.hash_one(address) as usize % BUCKETS;
        let (now, burst) = (now.as_nanos() as u64, BURST.as_nanos() as u64);
        let spend = |full_at: u64| {
            let spent = full_at.max(now) + self.cost;
            (spent - now <= burst.max(self.cost)).then_some(spent)
        };
        match self.full_at[bucket].fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend) {
            Ok(_) => Ok(()),
            Err(full_at) => Err(Duration::from_nanos(full_at + self.cost - now - burst.max(self.cost))),
        }
    }
}

/// How many connections each client has.
#[derive(Default)]
pub(crate) struct ConnectionCount(Mutex<HashMap<Client, usize>>);

/// One connection of a client, counted until it is dropped.
pub(crate) struct Counted {
    count: Arc<ConnectionCount>,
    client: Client,
}

impl ConnectionCount {
    /// Counts a connection, unless the client already has `limit`.
    pub(crate) fn enter(self: &Arc<Self>, client: Client, limit: usize) -> Option<Counted> {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = count.entry(client).or_default();
        if client != Client::Local && limit != 0 && *open >= limit {
            return None;
        }
        *open += 1;
        Some(Counted { count: Arc::clone(self), client })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut count = self.count.0.lock().unwrap_or_else(PoisonError::into_inner);
        match count.get_mut(&self.client) {
            Some(open) if *open > 1 => *open -= 1,
            _ => drop(count.remove(&self.client)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limit = RateLimit::new(5).unwrap();
        let client = address("192.0.2.1");
        let at = Duration::from_millis;
        for _ in 0..50 {
            limit.take_at(client, at(1000)).unwrap();
        }
        assert_eq!(limit.take_at(client, at(1000)), Err(at(200)));
        assert_eq!(limit.take_at(client, at(1150)), Err(at(50)));
        limit.take_at(client, at(1200)).unwrap();
        assert_eq!(limit.take_at(client, at(1200)), Err(at(200)));
        // However long it was silent, it has no more than one burst.
        for _ in 0..50 {
            limit.take_at(client, at(1_000_000)).unwrap();
        }
        assert!(limit.take_at(client, at(1_000_000)).is_err());
    }

    #[test]
    fn clients_are_told_apart() {
        let limit = RateLimit::new(1).unwrap();
        for _ in 0..10 {
            limit.take(address("192.0.2.1").into()).unwrap();
        }
        assert!(limit.take(address("192.0.2.1").into()).is_err());
        assert!(limit.take(address("::ffff:192.0.2.1").into()).is_err());
        limit.take(address("192.0.2.2").into()).unwrap();
        assert_eq!(Client::from(address("2001:db8::1")), Client::from(address("2001:db8::2:0:0:1")));
        assert_ne!(Client::from(address("2001:db8::1")), Client::from(address("2001:db8:0:1::1")));
        for _ in 0..100 {
            limit.take(address("127.0.0.1").into()).unwrap();
            limit.take(address("::1").into()).unwrap();
        }
        assert!(RateLimit::new(0).is_none());
    }

    #[test]
    fn the_proxys_word_counts_only_where_it_is_configured() {
        let (peer, name) = (address("192.0.2.1"), HeaderName::from_static("x-forwarded-for"));
        let mut headers = HeaderMap::new();
        assert_eq!(client_address(peer, &headers, Some(&name)), peer);
        headers.insert(&name, "203.0.113.9, 198.51.100.7".parse().unwrap());
        assert_eq!(client_address(peer, &headers, None), peer);
        assert_eq!(client_address(peer, &headers, Some(&name)), address("198.51.100.7"));
        headers.append(&name, "2001:db8::7".parse().unwrap());
        assert_eq!(client_address(peer, &headers, Some(&name)), address("2001:db8::7"));
        for (told, expected) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("unknown", "0.0.0.0"),
            ("", "0.0.0.0"),
        ] {
            headers.append(&name, told.parse().unwrap());
            assert_eq!(client_address(peer, &headers, Some(&name)), address(expected), "{told}");
        }
    }

    #[test]
    fn connections_are_counted_while_they_last() {
        let count = Arc::new(ConnectionCount::default());
        let client = Client::from(address("192.0.2.1"));
        let first = count.enter(client, 2).unwrap();
        let _second = count.enter(client, 2).unwrap();
        assert!(count.enter(client, 2).is_none());
        assert!(count.enter(address("192.0.2.2").into(), 2).is_some());
        drop(first);
        assert!(count.enter(client, 2).is_some());
        assert!((0..10).all(|_| count.enter(Client::Local, 2).is_some()));
        assert!((0..10).all(|_| count.enter(client, 0).is_some()));
        assert_eq!(count.0.lock().unwrap().len(), 1);
    }
}
