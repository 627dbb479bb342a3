//! Objects read key by key in one pass: every field optional, no key twice, bounded depth.
//!
//! What a struct derived with `serde` does, and besides: a value of another type is a [`Diagnostic`] with its place
//! instead of an error, and keys are checked for doubles also where nothing is kept.
//!
//! [`Diagnostic`]: crate::spdx::Diagnostic

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::DeserializeSeed;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

use super::context::Context;
use super::context::Step;
use super::context::next_index;
use super::keys::Key;
use super::keys::Keys;
use super::skip::Skip;
use super::skip::skip_list;
use super::skip::skip_object;
use crate::spdx::diagnostic::Code;
use crate::spdx::diagnostic::quote;

/// An object of the specification.
pub(super) trait Object<'a>: Default {
    /// Takes one field, or leaves it to [`Field::unknown`].
    fn field<A: MapAccess<'a>>(&mut self, key: &str, field: Field<'_, 'a, A>) -> Result<(), A::Error>;
}

/// One field of an object, whose value has not been read yet.
pub(super) struct Field<'c, 'a, A> {
    entries: &'c mut A,
    pub(super) context: &'c mut Context,
    key: &'c str,
    document: PhantomData<&'a ()>,
}

impl<'a, A: MapAccess<'a>> Field<'_, 'a, A> {
    /// A text.
    pub(super) fn text(self) -> Result<Option<Cow<'a, str>>, A::Error> {
        self.entries.next_value_seed(Text { context: self.context, key: self.key })
    }

    /// A list of texts; a text alone counts as a list of one.
    pub(super) fn texts(self) -> Result<Vec<Cow<'a, str>>, A::Error> {
        let mut list = Vec::new();
        self.entries.next_value_seed(Texts { context: self.context, key: self.key, list: &mut list })?;
        Ok(list)
    }

    /// `true` or `false`.
    pub(super) fn flag(self) -> Result<Option<bool>, A::Error> {
        self.entries.next_value_seed(Flag { context: self.context, key: self.key })
    }

    /// An object.
    pub(super) fn object<T: Object<'a>>(self) -> Result<Option<T>, A::Error> {
        self.context.path.push(Step::Key(self.key.into()));
        let read = self.entries.next_value_seed(One::new(self.context))?;
        self.context.path.pop();
        Ok(read)
    }

    /// An object, or a text that names one which stands elsewhere.
    pub(super) fn object_or_name<T: Object<'a>>(self) -> Result<Option<T>, A::Error> {
        self.context.path.push(Step::Key(self.key.into()));
        let seed = One { or_name: true, ..One::new(self.context) };
        let read = self.entries.next_value_seed(seed)?;
        self.context.path.pop();
        Ok(read)
    }

    /// A list of objects, each of which is handed on as soon as it is read. Number of entries, whatever they are;
    /// `None` if it is no list.
    pub(super) fn each<T: Object<'a>>(
        self,
        mut take: impl FnMut(T, &mut Context),
    ) -> Result<Option<usize>, A::Error> {
        self.context.path.push(Step::Key(self.key.into()));
        let seed = Each { context: self.context, take: &mut take, read: PhantomData };
        let count = self.entries.next_value_seed(seed)?;
        self.context.path.pop();
        Ok(count)
    }

    /// A list of objects.
    pub(super) fn objects<T: Object<'a>>(self) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        self.each(|item, _| list.push(item))?;
        Ok(list)
    }

    /// A value that is not kept. Number of its entries, if it is a list.
    pub(super) fn skip(self) -> Result<usize, A::Error> {
        self.entries.next_value_seed(Skip { context: self.context })
    }

    /// A field that the specification does not have.
    pub(super) fn unknown(self) -> Result<(), A::Error> {
        let message = || format!("{} is no field of the specification", quote(self.key));
        self.context.report(Code::UnknownKey, self.key, message);
        self.skip().map(drop)
    }
}

/// The whole document.
pub(super) struct Whole<'c, T> {
    context: &'c mut Context,
    read: PhantomData<T>,
}

impl<'c, T> Whole<'c, T> {
    pub(super) fn new(context: &'c mut Context) -> Self {
        Self { context, read: PhantomData }
    }
}

impl<'a, T: Object<'a>> DeserializeSeed<'a> for Whole<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<T, D::Error> {
        let found = One::new(self.context).deserialize(deserializer)?;
        found.ok_or_else(|| D::Error::custom("not an object"))
    }
}

/// What every reader of a value has, and what happens to a value of another type.
trait Reader<'a>: Sized {
    type Output: Default;
    const WANTED: &'static str;

    fn context(&mut self) -> (&mut Context, &str);

    fn wrong(mut self, found: &str) -> Self::Output {
        let (context, key) = self.context();
        let message = || format!("{found} instead of {}: read as absent", Self::WANTED);
        context.report(Code::WrongType, key, message);
        Self::Output::default()
    }

    fn null(mut self) -> Self::Output {
        let (context, key) = self.context();
        context.report(Code::Null, key, || "null: read as absent".to_owned());
        Self::Output::default()
    }

    fn skip_list<A: SeqAccess<'a>>(mut self, items: A) -> Result<Self::Output, A::Error> {
        skip_list(self.context().0, items)?;
        Ok(self.wrong("a list"))
    }

    fn skip_object<A: MapAccess<'a>>(mut self, entries: A) -> Result<Self::Output, A::Error> {
        skip_object(self.context().0, entries)?;
        Ok(self.wrong("an object"))
    }
}

macro_rules! others {
    (bool) => {
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(self.wrong("true or false"))
        }
    };
    (number) => {
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(self.wrong("a number"))
        }
        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok(self.wrong("a number"))
        }
        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(self.wrong("a number"))
        }
    };
    (text) => {
        fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok(self.wrong("a text"))
        }
    };
    (null) => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(self.null())
        }
    };
    (list) => {
        fn visit_seq<A: SeqAccess<'a>>(self, items: A) -> Result<Self::Value, A::Error> {
            self.skip_list(items)
        }
    };
    (object) => {
        fn visit_map<A: MapAccess<'a>>(self, entries: A) -> Result<Self::Value, A::Error> {
            self.skip_object(entries)
        }
    };
}

macro_rules! expecting {
    () => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(<Self as Reader<'a>>::WANTED)
        }
    };
}

struct Text<'c> {
    context: &'c mut Context,
    key: &'c str,
}

impl Text<'_> {
    fn number<'a>(mut self, text: String) -> Option<Cow<'a, str>> {
        let (context, key) = self.context();
        context.report(Code::WrongType, key, || format!("the number {text} instead of a text"));
        Some(Cow::Owned(text))
    }
}

impl<'a> Reader<'a> for Text<'_> {
    type Output = Option<Cow<'a, str>>;
    const WANTED: &'static str = "a text";

    fn context(&mut self) -> (&mut Context, &str) {
        (self.context, self.key)
    }
}

impl<'a> DeserializeSeed<'a> for Text<'_> {
    type Value = Option<Cow<'a, str>>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Text<'_> {
    type Value = Option<Cow<'a, str>>;

    expecting!();
    others!(bool);
    others!(null);
    others!(list);
    others!(object);

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text)))
    }

    // A version such as 3.19, for one, in YAML that is written by hand.
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(self.number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(self.number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(self.number(value.to_string()))
    }
}

struct Flag<'c> {
    context: &'c mut Context,
    key: &'c str,
}

impl<'a> Reader<'a> for Flag<'_> {
    type Output = Option<bool>;
    const WANTED: &'static str = "true or false";

    fn context(&mut self) -> (&mut Context, &str) {
        (self.context, self.key)
    }
}

impl<'a> DeserializeSeed<'a> for Flag<'_> {
    type Value = Option<bool>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Flag<'_> {
    type Value = Option<bool>;

    expecting!();
    others!(number);
    others!(text);
    others!(null);
    others!(list);
    others!(object);

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value))
    }
}

struct Texts<'c, 'a> {
    context: &'c mut Context,
    key: &'c str,
    list: &'c mut Vec<Cow<'a, str>>,
}

impl<'a> Reader<'a> for Texts<'_, 'a> {
    type Output = ();
    const WANTED: &'static str = "a list of texts";

    fn context(&mut self) -> (&mut Context, &str) {
        (self.context, self.key)
    }
}

impl<'a> DeserializeSeed<'a> for Texts<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Texts<'_, 'a> {
    type Value = ();

    expecting!();
    others!(bool);
    others!(number);
    others!(null);
    others!(object);

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        let (context, key) = self.context();
        context.report(Code::WrongType, key, || "a text instead of a list of texts".to_owned());
        self.list.push(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<(), A::Error> {
        self.context.enter()?;
        self.context.path.push(Step::Key(self.key.into()));
        self.context.path.push(Step::Index(0));
        while let Some(item) = items.next_element_seed(Text { context: self.context, key: "" })? {
            if let Some(text) = item {
                self.context.keep()?;
                self.list.push(text);
            }
            next_index(self.context);
        }
        self.context.path.pop();
        self.context.path.pop();
        self.context.leave();
        Ok(())
    }
}

struct One<'c, T> {
    context: &'c mut Context,
    or_name: bool,
    read: PhantomData<T>,
}

impl<'c, T> One<'c, T> {
    fn new(context: &'c mut Context) -> Self {
        Self { context, or_name: false, read: PhantomData }
    }
}

impl<'a, T: Object<'a>> Reader<'a> for One<'_, T> {
    type Output = Option<T>;
    const WANTED: &'static str = "an object";

    fn context(&mut self) -> (&mut Context, &str) {
        (self.context, "")
    }
}

impl<'a, T: Object<'a>> DeserializeSeed<'a> for One<'_, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, T: Object<'a>> Visitor<'a> for One<'_, T> {
    type Value = Option<T>;

    expecting!();
    others!(bool);
    others!(number);
    others!(null);
    others!(list);

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(if self.or_name { None } else { self.wrong("a text") })
    }

    fn visit_map<A: MapAccess<'a>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        self.context.enter()?;
        let mut read = T::default();
        let mut seen = Keys::default();
        while let Some(key) = entries.next_key_seed(Key)? {
            seen.insert(&key)?;
            let context = &mut *self.context;
            let field = Field { entries: &mut entries, context, key: &key, document: PhantomData };
            read.field(&key, field)?;
        }
        self.context.leave();
        Ok(Some(read))
    }
}

struct Each<'c, T, F> {
    context: &'c mut Context,
    take: &'c mut F,
    read: PhantomData<T>,
}

impl<'a, T: Object<'a>, F: FnMut(T, &mut Context)> Reader<'a> for Each<'_, T, F> {
    type Output = Option<usize>;
    const WANTED: &'static str = "a list of objects";

    fn context(&mut self) -> (&mut Context, &str) {
        (self.context, "")
    }
}

impl<'a, T: Object<'a>, F: FnMut(T, &mut Context)> DeserializeSeed<'a> for Each<'_, T, F> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, T: Object<'a>, F: FnMut(T, &mut Context)> Visitor<'a> for Each<'_, T, F> {
    type Value = Option<usize>;

    expecting!();
    others!(bool);
    others!(number);
    others!(text);
    others!(object);

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.null();
        Ok(Some(0))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Option<usize>, A::Error> {
        self.context.enter()?;
        self.context.path.push(Step::Index(0));
        let mut count: usize = 0;
        while let Some(item) = items.next_element_seed(One::new(self.context))? {
            count = count.saturating_add(1);
            if let Some(item) = item {
                self.context.keep()?;
                (self.take)(item, self.context);
            }
            next_index(self.context);
        }
        self.context.path.pop();
        self.context.leave();
        Ok(Some(count))
    }
}
