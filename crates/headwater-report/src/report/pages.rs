//! The explanation of a finding as a part of a report: its headings below those of the report, its
//! mentions of other findings as links.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

use super::text::Explained;
use crate::explain::Page;

/// The place in a report that explains a finding.
pub(super) fn anchor(id: &str) -> String {
    format!("explain-{id}")
}

/// A page without its title, as HTML.
pub(super) fn html(page: &Page, explained: &Explained) -> String {
    let mut in_title = false;
    let mut events = Vec::new();
    for event in Parser::new_ext(page.markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading {
                level: HeadingLevel::H1,
                ..
            }) => in_title = true,
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => in_title = false,
            _ if in_title => {}
            Event::Start(Tag::Heading {
                id, classes, attrs, ..
            }) => events.push(Event::Start(Tag::Heading {
                level: HeadingLevel::H4,
                id,
                classes,
                attrs,
            })),
            Event::End(TagEnd::Heading(_)) => {
                events.push(Event::End(TagEnd::Heading(HeadingLevel::H4)));
            }
            Event::Code(id) if explained.contains(&*id) => events.extend(link(&id)),
            // The pages hold none, and none may pass.
            Event::Html(text) | Event::InlineHtml(text) => events.push(Event::Text(text)),
            other => events.push(other),
        }
    }
    let mut text = String::new();
    html::push_html(&mut text, events.into_iter());
    text.replace("<th>", "<th scope=\"col\">")
}

fn link<'a>(id: &str) -> [Event<'a>; 3] {
    let tag = Tag::Link {
        link_type: LinkType::Inline,
        dest_url: CowStr::from(format!("#{}", anchor(id))),
        title: CowStr::Borrowed(""),
        id: CowStr::Borrowed(""),
    };
    [
        Event::Start(tag),
        Event::Code(CowStr::from(id.to_owned())),
        Event::End(TagEnd::Link),
    ]
}

/// A page without its title, as Markdown under a heading of the third level.
pub(super) fn markdown(page: &Page) -> String {
    let mut fenced = false;
    let lines = page.markdown.lines().skip(1).map(|line| {
        fenced ^= line.starts_with("```");
        match line.starts_with('#') && !fenced {
            true => format!("##{line}\n"),
            false => format!("{line}\n"),
        }
    });
    lines.collect::<String>().trim().to_owned() + "\n"
}
